/** Kabinet's mark: a filing cabinet with one drawer pulled out. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="8" fill="var(--k-accent)" />
      <rect x="7" y="6" width="14" height="6" rx="1.5" fill="#fff" opacity=".72" />
      <rect x="11" y="13" width="14" height="6" rx="1.5" fill="#fff" />
      <rect x="7" y="20" width="14" height="6" rx="1.5" fill="#fff" opacity=".72" />
      <rect x="16" y="15.25" width="4" height="1.5" rx=".75" fill="var(--k-accent)" />
    </svg>
  );
}
