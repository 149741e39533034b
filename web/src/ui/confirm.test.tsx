import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Problem } from "@/api/problem";
import { renderIn } from "@/test/render";
import { Confirm, type ConfirmProps } from "./confirm";

function confirmWith(change: Partial<ConfirmProps>) {
  return (
    <Confirm
      open
      onOpenChange={vi.fn()}
      title="Revoke this key?"
      effect="It stops working."
      action="Revoke"
      onConfirm={async () => undefined}
      {...change}
    />
  );
}

it("asks to type the name before what cannot be undone", async () => {
  const confirmed = vi.fn(async () => undefined);
  await renderIn("en", confirmWith({ typed: "Backend", onConfirm: confirmed }));
  const button = await screen.findByRole("button", { name: "Revoke" });
  expect(button).toBeDisabled();
  await userEvent.type(screen.getByLabelText("Confirmation"), "Back");
  expect(button).toBeDisabled();
  await userEvent.type(screen.getByLabelText("Confirmation"), "end");
  await userEvent.click(button);
  expect(confirmed).toHaveBeenCalledTimes(1);
});

it("hands over the reason the audit log keeps", async () => {
  const confirmed = vi.fn(async () => undefined);
  await renderIn("en", confirmWith({ askReason: true, onConfirm: confirmed }));
  await userEvent.type(await screen.findByLabelText("Reason"), " asked by phone ");
  await userEvent.click(screen.getByRole("button", { name: "Revoke" }));
  expect(confirmed).toHaveBeenCalledWith("asked by phone");
});

it("stays open and says why when it did not work", async () => {
  const close = vi.fn();
  const failure = new Problem(409, { code: "last_super_admin", detail: "…" });
  await renderIn("en", confirmWith({ onOpenChange: close, onConfirm: () => Promise.reject(failure) }));
  await userEvent.click(await screen.findByRole("button", { name: "Revoke" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("This is the last super admin");
  expect(close).not.toHaveBeenCalled();
});

it("closes when it is done", async () => {
  const close = vi.fn();
  await renderIn("en", confirmWith({ onOpenChange: close }));
  await userEvent.click(await screen.findByRole("button", { name: "Revoke" }));
  await waitFor(() => expect(close).toHaveBeenCalledWith(false));
});
