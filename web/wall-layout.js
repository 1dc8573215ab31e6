// How many columns and rows make the pictures of a wall as large as they can be. Pure.

/** Most pictures on one page of the wall: with more, names are no longer readable from across a room. */
export const maxOnWall = 16;

/** Shape that most pictures have, width by height. */
const pictureRatio = 16 / 9;

/**
 * The grid in which `count` pictures are largest; of equal ones the one with fewer empty places, then the one that lies as the screen does.
 * @param {number} count
 * @param {number} width of the room, pixels
 * @param {number} height
 * @returns {{ columns: number, rows: number }}
 */
export function wallGrid(count, width, height) {
  let best = { columns: 1, rows: Math.max(1, count), picture: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const picture = Math.min(width / columns, (height / rows) * pictureRatio);
    const better = picture - best.picture;
    const emptier = columns * rows - best.columns * best.rows;
    if (better > 0.5 || (better > -0.5 && (emptier < 0 || (emptier === 0 && width >= height)))) best = { columns, rows, picture };
  }
  return { columns: best.columns, rows: best.rows };
}
