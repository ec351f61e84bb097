/** A double's place among the doubles that are not negative: in the order of their values. */
function fromPlace(place: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, place);
  return view.getFloat64(0);
}

function placeOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** A double in units of the least one, 2^-1074. */
function units(value: number): bigint {
  if (value < 0) return -units(-value);
  const place = placeOf(value);
  const exponent = place >> 52n;
  const fraction = place % (1n << 52n);
  return exponent === 0n ? fraction : (fraction + (1n << 52n)) << (exponent - 1n);
}

/** The double nearest to the exact sum divided by a count, ties to even; infinite beyond the doubles. */
export function dividedExactly(values: readonly number[], count: number): number {
  const sum = values.reduce((total, value) => total + units(value), 0n);
  return sum < 0n ? -nearest(-sum, BigInt(count)) : nearest(sum, BigInt(count));
}

const infinity = placeOf(Infinity);

function nearest(sum: bigint, count: bigint): number {
  let low = 0n;
  let high = infinity;
  // Infinity represents 2^1024 here, the successor of the greatest double.
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (units(fromPlace(middle)) * count <= sum) low = middle;
    else high = middle - 1n;
  }
  if (low === infinity) return Infinity;
  const fromBelow = sum - units(fromPlace(low)) * count;
  const fromAbove = units(fromPlace(low + 1n)) * count - sum;
  const up = fromBelow === fromAbove ? low % 2n === 1n : fromBelow > fromAbove;
  return fromPlace(up ? low + 1n : low);
}
