/** The browser's side of passkeys, in the JSON forms that WebAuthn Level 3 defines. */

export interface CreationAnswer {
  publicKey: PublicKeyCredentialCreationOptionsJSON;
  state: string;
}

export interface RequestAnswer {
  publicKey: PublicKeyCredentialRequestOptionsJSON;
  state: string;
}

/** Old browsers know passkeys but not their JSON forms; they are told to use another way. */
export function passkeysSupported(): boolean {
  return (
    typeof PublicKeyCredential === "function" &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function"
  );
}

/** The person dismissed the browser's dialog, or it timed out: nothing to report. */
export class PasskeyDismissed extends Error {}

export async function createPasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return toJson(navigator.credentials.create({ publicKey }));
}

export async function askForPasskey(options: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return toJson(navigator.credentials.get({ publicKey }));
}

async function toJson(asked: Promise<Credential | null>): Promise<unknown> {
  const credential = await asked.catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === "NotAllowedError") throw new PasskeyDismissed();
    throw reason;
  });
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyDismissed();
  return credential.toJSON();
}
