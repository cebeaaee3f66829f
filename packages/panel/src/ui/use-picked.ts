import { useCallback, useMemo, useRef, useState } from 'react';

/** Which rows of a list are selected: those that are still there. `pick` with `extend` selects a range. */
export function usePicked<Row>(rows: readonly Row[], keyOf: (row: Row) => string) {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const picked = useMemo(() => rows.filter((row) => keys.has(keyOf(row))), [rows, keys, keyOf]);
  const pickedKeys = useMemo(() => new Set(picked.map(keyOf)), [picked, keyOf]);
  const pick = useCallback(
    (row: Row, extend: boolean) => {
      const from = extend ? rows.findIndex((one) => keyOf(one) === last.current) : -1;
      const to = rows.indexOf(row);
      last.current = keyOf(row);
      setKeys((old) => {
        const next = new Set(old);
        if (from >= 0)
          for (const one of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(keyOf(one));
        else if (!next.delete(keyOf(row))) next.add(keyOf(row));
        return next;
      });
    },
    [rows, keyOf],
  );
  const clear = useCallback(() => setKeys(new Set()), []);
  return { picked, pickedKeys, pick, clear };
}
