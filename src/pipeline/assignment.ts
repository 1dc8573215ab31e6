// The assignment problem: which row gets which column so that the sum of costs is least. The Hungarian method with
// potentials and shortest augmenting paths, O(rows² × columns); after Jonker and Volgenant, Computing 38 (1987).

/**
 * Assigns each row a column of its own at the least total cost; -1 for rows left over where there are more rows than columns.
 * Costs are finite and the rows equally long. The same costs always give the same answer.
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const columns = costs[0]?.length ?? 0;
  if (columns === 0) return costs.map(() => -1);
  if (costs.length <= columns) return assignWide(costs);
  const rowOfColumn = assignWide(Array.from({ length: columns }, (_, c) => costs.map((row) => row[c]!)));
  const answer = costs.map(() => -1);
  for (const [column, row] of rowOfColumn.entries()) answer[row] = column;
  return answer;
}

/** For at most as many rows as columns. Rows and columns count from 1 inside; 0 is the free end of a path. */
function assignWide(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const cameFrom = new Int32Array(columns + 1);

  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const visited = new Uint8Array(columns + 1);
    let column = 0;
    do {
      visited[column] = 1;
      const current = rowOf[column]!;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let c = 1; c <= columns; c++) {
        if (visited[c] === 1) continue;
        const reduced = costs[current - 1]![c - 1]! - rowPotential[current]! - columnPotential[c]!;
        if (reduced < slack[c]!) {
          slack[c] = reduced;
          cameFrom[c] = column;
        }
        if (slack[c]! < step) {
          step = slack[c]!;
          next = c;
        }
      }
      for (let c = 0; c <= columns; c++) {
        if (visited[c] === 1) {
          rowPotential[rowOf[c]!]! += step;
          columnPotential[c]! -= step;
        } else slack[c]! -= step;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const previous = cameFrom[column]!;
      rowOf[column] = rowOf[previous]!;
      column = previous;
    }
  }

  const answer = Array.from({ length: rows }, () => -1);
  for (let c = 1; c <= columns; c++) if (rowOf[c] !== 0) answer[rowOf[c]! - 1] = c - 1;
  return answer;
}
