const semiMajorMetres = 6378137;
const eccentricitySquared = 6.694379990141316e-3;
const radians = Math.PI / 180;

/**
 * East, north and up in metres around one anchor on the WGS 84 ellipsoid. A city fits in single precision there:
 * 20 km from the anchor a float still resolves 2 mm.
 */
export class LocalFrame {
  readonly longitude: number;
  readonly latitude: number;
  private readonly origin: readonly [number, number, number];
  private readonly sinLongitude: number;
  private readonly cosLongitude: number;
  private readonly sinLatitude: number;
  private readonly cosLatitude: number;

  constructor(longitude: number, latitude: number) {
    this.longitude = longitude;
    this.latitude = latitude;
    this.sinLongitude = Math.sin(longitude * radians);
    this.cosLongitude = Math.cos(longitude * radians);
    this.sinLatitude = Math.sin(latitude * radians);
    this.cosLatitude = Math.cos(latitude * radians);
    this.origin = earthFixed(longitude, latitude, 0);
  }

  /** Writes east, north and up of a position into `out` at `offset`. */
  write(longitude: number, latitude: number, heightMetres: number, out: Float32Array | number[], offset: number): void {
    const [x, y, z] = earthFixed(longitude, latitude, heightMetres);
    const dx = x - this.origin[0];
    const dy = y - this.origin[1];
    const dz = z - this.origin[2];
    const horizontal = this.cosLongitude * dx + this.sinLongitude * dy;
    out[offset] = this.cosLongitude * dy - this.sinLongitude * dx;
    out[offset + 1] = this.cosLatitude * dz - this.sinLatitude * horizontal;
    out[offset + 2] = this.cosLatitude * horizontal + this.sinLatitude * dz;
  }

  point(longitude: number, latitude: number, heightMetres = 0): [number, number, number] {
    const out: [number, number, number] = [0, 0, 0];
    this.write(longitude, latitude, heightMetres, out, 0);
    return out;
  }
}

function earthFixed(longitude: number, latitude: number, heightMetres: number): [number, number, number] {
  const sinLatitude = Math.sin(latitude * radians);
  const cosLatitude = Math.cos(latitude * radians);
  const normal = semiMajorMetres / Math.sqrt(1 - eccentricitySquared * sinLatitude * sinLatitude);
  return [
    (normal + heightMetres) * cosLatitude * Math.cos(longitude * radians),
    (normal + heightMetres) * cosLatitude * Math.sin(longitude * radians),
    (normal * (1 - eccentricitySquared) + heightMetres) * sinLatitude,
  ];
}

/** How far the ellipsoid falls below the anchor's tangent plane at a distance from it. */
export const groundHeight = (east: number, north: number): number => -(east * east + north * north) / (2 * 6371000);
