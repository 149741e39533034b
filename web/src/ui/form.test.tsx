import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import { Problem } from "@/api/problem";
import { renderIn } from "@/test/render";
import { Field } from "./field";
import { Form, useSubmit } from "./form";
import { Input } from "./input";

function NameForm({ send, onDone }: { send: (name: string) => Promise<string>; onDone: (answer: string) => void }) {
  const [name, setName] = useState("");
  const submission = useSubmit(send, onDone);
  return (
    <Form action="Send" submission={submission} onSubmit={() => submission.submit(name)}>
      <Field label="Name" hint="Any name" error={submission.errorOf("name")}>
        <Input value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
    </Form>
  );
}

it("hands over what the server answered", async () => {
  const done = vi.fn();
  await renderIn("en", <NameForm send={async (name) => `hello ${name}`} onDone={done} />);
  await userEvent.type(screen.getByLabelText("Name"), "Ada{Enter}");
  await waitFor(() => expect(done).toHaveBeenCalledWith("hello Ada", "Ada"));
});

it("shows a complaint about a field at that field alone", async () => {
  const complaint = new Problem(422, { errors: [{ pointer: "/name", detail: "Taken already." }] });
  await renderIn("en", <NameForm send={() => Promise.reject(complaint)} onDone={vi.fn()} />);
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(await screen.findByText("Taken already.")).toBeVisible();
  expect(screen.getByLabelText("Name")).toBeInvalid();
  expect(screen.getByLabelText("Name")).toHaveAccessibleDescription("Taken already.");
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

it("says a failure of the whole in the reader's language, beside the button", async () => {
  const failure = new Problem(401, { code: "invalid_credentials", detail: "English words." });
  await renderIn("ru", <NameForm send={() => Promise.reject(failure)} onDone={vi.fn()} />);
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Неверная почта, пароль или код");
  expect(screen.getByRole("alert")).not.toHaveTextContent("English words.");
});

it("sends once while the first answer is awaited", async () => {
  let resolve: (answer: string) => void = () => undefined;
  const send = vi.fn(() => new Promise<string>((done) => (resolve = done)));
  await renderIn("en", <NameForm send={send} onDone={vi.fn()} />);
  const button = screen.getByRole("button", { name: "Send" });
  await userEvent.click(button);
  await userEvent.click(button);
  await userEvent.type(screen.getByLabelText("Name"), "{Enter}");
  expect(send).toHaveBeenCalledTimes(1);
  resolve("done");
  await waitFor(() => expect(button).not.toHaveAttribute("aria-busy"));
});
