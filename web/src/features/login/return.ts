/** Only a path of this panel: a link that someone made up must not lead to another site. */
export function safeReturn(address: string | undefined): string {
  return address !== undefined && /^\/(?![/\\])/.test(address) ? address : "/";
}
