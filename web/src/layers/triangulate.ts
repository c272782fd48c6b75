/** Twice the signed area; positive for a counter-clockwise ring. */
export function doubleArea(ring: ArrayLike<number>): number {
  let sum = 0;
  const count = ring.length / 2;
  for (let i = 0, j = count - 1; i < count; j = i++) {
    sum += ring[2 * j]! * ring[2 * i + 1]! - ring[2 * i]! * ring[2 * j + 1]!;
  }
  return sum;
}

/**
 * Cuts a simple ring (x, y in turn) into triangles by clipping ears, and returns vertex numbers, three a triangle.
 * Counter-clockwise whichever way the ring goes. On a ring that is not simple it still ends, with some cover.
 */
export function triangulate(ring: ArrayLike<number>): number[] {
  const count = ring.length / 2;
  const triangles: number[] = [];
  if (count < 3) return triangles;
  const left: number[] = Array.from({ length: count }, (_, i) => i);
  if (doubleArea(ring) < 0) left.reverse();
  let position = 0;
  let failures = 0;
  while (left.length > 3) {
    const size = left.length;
    const a = left[(position + size - 1) % size]!;
    const b = left[position % size]!;
    const c = left[(position + 1) % size]!;
    // After a whole round without an ear the ring crosses itself: any corner is cut, so that the loop ends.
    if (failures >= size || isEar(ring, left, a, b, c)) {
      if (turn(ring, a, b, c) > 0) triangles.push(a, b, c);
      left.splice(position % size, 1);
      position %= left.length;
      failures = 0;
    } else {
      position = (position + 1) % size;
      failures++;
    }
  }
  if (turn(ring, left[0]!, left[1]!, left[2]!) > 0) triangles.push(left[0]!, left[1]!, left[2]!);
  return triangles;
}

function isEar(ring: ArrayLike<number>, left: readonly number[], a: number, b: number, c: number): boolean {
  const corner = turn(ring, a, b, c);
  // A straight corner encloses nothing: cutting it changes no area.
  if (corner === 0) return !pointsBack(ring, a, b, c);
  if (corner < 0) return false;
  for (const p of left) {
    if (p === a || p === b || p === c || samePlace(ring, p, a) || samePlace(ring, p, b) || samePlace(ring, p, c)) {
      continue;
    }
    if (turn(ring, a, b, p) >= 0 && turn(ring, b, c, p) >= 0 && turn(ring, c, a, p) >= 0) return false;
  }
  return true;
}

function turn(ring: ArrayLike<number>, a: number, b: number, c: number): number {
  const ax = ring[2 * a]!;
  const ay = ring[2 * a + 1]!;
  return (ring[2 * b]! - ax) * (ring[2 * c + 1]! - ay) - (ring[2 * b + 1]! - ay) * (ring[2 * c]! - ax);
}

function samePlace(ring: ArrayLike<number>, a: number, b: number): boolean {
  return ring[2 * a] === ring[2 * b] && ring[2 * a + 1] === ring[2 * b + 1];
}

function pointsBack(ring: ArrayLike<number>, a: number, b: number, c: number): boolean {
  const dot =
    (ring[2 * a]! - ring[2 * b]!) * (ring[2 * c]! - ring[2 * b]!) +
    (ring[2 * a + 1]! - ring[2 * b + 1]!) * (ring[2 * c + 1]! - ring[2 * b + 1]!);
  return dot > 0;
}
