/** The mark of Blockhouse: a house with a bar across. It stands beside its name, so it says nothing of its own. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <path
        d="M4 13 16 4l12 9v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z"
        fill="var(--mantine-primary-color-filled)"
      />
      <path d="M10 19h12" stroke="#fff" strokeWidth={3.5} strokeLinecap="round" />
    </svg>
  );
}
