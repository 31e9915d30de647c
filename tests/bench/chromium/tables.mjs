export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Ratios of pairs of the same round, so that a machine that others use too disturbs them least. */
export function ratio(above, below) {
  return median(above.map((value, round) => value / below[round]));
}

/** Two digits that count. */
export function digits(value) {
  if (value >= 10) return value.toFixed(0);
  return value.toFixed(Math.max(0, 1 - Math.floor(Math.log10(value))));
}

export function seconds(milliseconds) {
  return digits(milliseconds / 1000);
}

/** @param {string[][]} rows of which the first is the head */
export function table([head, ...rows]) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")).replaceAll(" ", ""), ...rows.map(line)].join("\n");
}
