"""An SMTP server for tests: prints one JSON line with its port, then one per received mail.

Ends when its standard input closes, that is, with the test that started it.
The failures it plays are written down in smtp.rs.
"""

import argparse
import asyncio
import email
import email.policy
import json
import re
import ssl
import sys
import threading

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

REFUSED = re.compile(r"-([45]\d\d)@")
ANSWERS = {
    "421": "421 4.3.2 Service not available, closing transmission channel",
    "450": "450 4.2.0 Greylisted, try again later",
    "451": "451 4.3.0 Local error in processing",
    "452": "452 4.2.2 Mailbox full",
    "550": "550 5.1.1 User unknown",
    "552": "552 5.2.2 Over quota",
    "553": "553 5.1.3 Mailbox name not allowed",
    "554": "554 5.7.1 Refused",
}


def say(value):
    print(json.dumps(value), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        refused = REFUSED.search(address)
        if refused and not address.startswith("data-"):
            return ANSWERS[refused.group(1)]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            refused = REFUSED.search(address)
            if refused:
                return ANSWERS[refused.group(1)]
        say(read(server, session, envelope))
        if any(address.startswith("silent") for address in envelope.rcpt_tos):
            server.transport.abort()
        return "250 OK"


def read(server, session, envelope):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    plain = message.get_body(preferencelist=("plain",))
    html = message.get_body(preferencelist=("html",))
    return {
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "headers": [[name, str(value)] for name, value in message.items()],
        "plain": text(plain),
        "html": text(html),
        "encrypted": server.transport.get_extra_info("sslcontext") is not None,
        "user": session.auth_data,
    }


def text(part):
    return part.get_content().replace("\r\n", "\n") if part else None


def credentials(user, password):
    def authenticate(server, session, envelope, mechanism, data):
        right = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=right, handled=right, auth_data=user)

    return authenticate


async def serve(options):
    context = None
    authority = None
    if options.tls != "none":
        ca = trustme.CA()
        authority = ca.cert_pem.bytes().decode()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("localhost").configure_cert(context)

    def session():
        return SMTP(
            Handler(),
            hostname="smtp.test",
            enable_SMTPUTF8=True,
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            auth_required=options.user is not None,
            auth_require_tls=False,
            authenticator=credentials(options.user, options.password),
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        session, "127.0.0.1", 0, ssl=context if options.tls == "tls" else None
    )
    say({"port": server.sockets[0].getsockname()[1], "authority": authority})
    ended = asyncio.Event()

    def await_end():
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=await_end, daemon=True).start()
    await ended.wait()


parser = argparse.ArgumentParser()
parser.add_argument("--tls", choices=["none", "starttls", "tls"], default="none")
parser.add_argument("--user")
parser.add_argument("--password")
asyncio.run(serve(parser.parse_args()))
