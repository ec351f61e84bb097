const profile = 'location.example/point';
/** Metres: what is less exact says nothing about its cell. */
const worstAccuracy = 50;

module.exports = async ({ configuration, clientCustomData }, keep) => {
  const { cellsPerDegree, leastCount } = configuration;
  const { from, to } = clientCustomData;
  const counts = new Map();
  let points = 0;
  let cursor = null;
  do {
    const page = await keep.events.query({
      profile,
      filter: { 'metadata.createdDate': { gte: from, lt: to }, 'payload.accuracy': { lte: worstAccuracy } },
      fields: ['payload.latitude', 'payload.longitude'],
      limit: 1000,
      cursor,
    });
    for (const { payload } of page.items) {
      const cell = `${Math.floor(payload.latitude * cellsPerDegree)} ${Math.floor(payload.longitude * cellsPerDegree)}`;
      counts.set(cell, (counts.get(cell) ?? 0) + 1);
      points += 1;
    }
    cursor = page.nextCursor;
  } while (cursor);
  const cells = [...counts]
    .filter(([, count]) => count >= leastCount)
    .map(([cell, count]) => cell.split(' ').map(Number).concat(count))
    .sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1])
    .map(([row, column, count]) => ({ south: row / cellsPerDegree, west: column / cellsPerDegree, count }));
  console.log(`${points} points in ${counts.size} cells, ${cells.length} of them told`);
  return { cellsPerDegree, points, cells };
};
