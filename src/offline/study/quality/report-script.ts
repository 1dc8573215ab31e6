// Sorting and choosing rows in the quality report; without it the page is the same table in the study's order. Cells that have no value
// come last in both directions.

/** The page's script. It reads `data-v` of cells and changes the order of rows, nothing else. */
export const reportScript = `"use strict";
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];
  const key = (row, i) => row.cells[i].dataset.v ?? "";
  const sort = (i, down) => {
    const number = heads[i].dataset.t === "number";
    const compare = (a, b) => (number ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0);
    body.append(...[...rows].sort((x, y) => {
      const [a, b] = [key(x, i), key(y, i)];
      return a === "" || b === "" ? (a === "") - (b === "") : (down ? -1 : 1) * compare(a, b);
    }));
    heads.forEach((head, j) => (j === i ? head.setAttribute("aria-sort", down ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
  };
  heads.forEach((head, i) => head.querySelector("button").addEventListener("click", () => {
    const now = head.getAttribute("aria-sort");
    sort(i, now === null ? head.dataset.t === "number" : now === "ascending");
  }));
  const select = document.querySelector("select[data-for=" + table.id + "]");
  heads.forEach((head, i) => ["", " (down)"].forEach((way, down) => select.add(new Option(head.textContent + way, i + "," + down))));
  select.addEventListener("change", () => {
    if (select.value === "") body.append(...rows);
    else sort(...select.value.split(",").map(Number));
  });
}
document.querySelector("#only").addEventListener("change", (event) => {
  for (const table of document.querySelectorAll("table")) table.classList.toggle("only", event.target.checked);
});
`;
