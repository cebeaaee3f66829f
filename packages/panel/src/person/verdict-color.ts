const colors: Readonly<Record<string, string>> = {
  fine: 'teal',
  window_closed: 'brand',
  never_wrote: 'brand',
};

/** The color of a verdict: what keeps messages away is red. */
export function verdictColor(verdict: string): string {
  return colors[verdict] ?? 'red';
}
