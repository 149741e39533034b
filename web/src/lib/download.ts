import { problemFrom } from "@/api/problem";

/**
 * Lets the browser save what the server streams. A link does it without holding the file in memory; the check beforehand turns a
 * refusal into a `Problem` instead of a saved error page.
 */
export async function download(address: string): Promise<void> {
  const abort = new AbortController();
  const response = await fetch(address, { credentials: "same-origin", signal: abort.signal });
  if (!response.ok) throw await problemFrom(response);
  // The headers say that it will work; the body comes again through the link.
  abort.abort();
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}

/** Saves a text the panel already has, such as recovery codes. */
export function saveText(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
