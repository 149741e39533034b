// Runs before the first paint, so that a dark panel does not flash white. Kept apart from the bundle because the content
// security policy refuses inline scripts.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("kabinet.theme") ?? "system";
  } catch {
    // Storage may be switched off; the system's theme is right then.
  }
  const dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
