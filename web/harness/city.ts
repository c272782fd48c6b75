import type { DistrictShape, GroundFeature, GroundFile } from '../src/layers/mapPort';
import { TwinKind, type ChangeColumns, type SceneColumns } from '../src/twins/columns';

/** A made-up city in Almaty's place and size, for looking at the map and for measuring it; the same for each seed. */
export interface HarnessCity {
  readonly ground: GroundFile;
  readonly districts: readonly DistrictShape[];
  readonly scenes: ReadonlyMap<TwinKind, SceneColumns>;
}

export type Random = () => number;

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const west = 76.78;
const east = 77.02;
const south = 43.19;
const north = 43.33;
const metresEast = 81200;
const metresNorth = 111100;
const blockMetres = 185;

export function makeCity(buildings: number, lights: number, seed = 1): HarnessCity {
  const random = seeded(seed);
  const handles = { next: 100 };
  const houses = makeBuildings(buildings, random, handles);
  const lamps = makeLights(lights, random, handles);
  const meters = pointsAt(TwinKind.utilityMeter, Math.min(40000, buildings), handles, (i) => [
    houses.longitude[i]! + (random() - 0.5) * 0.0001, houses.latitude[i]! + (random() - 0.5) * 0.0001, 2, 0]);
  const sensors = pointsAt(TwinKind.airQualitySensor, 46, handles, (i) => [
    west + random() * (east - west), south + random() * (north - south), 5, i < 16 ? 0 : 1]);
  const scenes = [houses, lamps, meters, sensors].map((scene) => [scene.kind, scene] as const);
  return { ground: makeGround(random), districts: makeDistricts(), scenes: new Map(scenes) };
}

interface Handles {
  next: number;
}

function emptyScene(kind: TwinKind, count: number, handles: Handles, corners: number): SceneColumns {
  const first = handles.next;
  handles.next += count;
  return {
    kind, count, epoch: 1,
    longitude: new Float64Array(count), latitude: new Float64Array(count),
    handle: Uint32Array.from({ length: count }, (_, i) => first + i),
    parent: new Int32Array(count).fill(-1), district: new Int32Array(count).fill(-1),
    heightMetres: new Float32Array(count),
    outlineStart: Uint32Array.from({ length: count + 1 }, (_, i) => i * corners),
    outline: new Float32Array(count * corners * 2),
    model: new Uint16Array(count), tag: new Uint8Array(count),
    idStart: new Uint32Array(count + 1), idBytes: new Uint8Array(0),
  };
}

/** 0 at the rim of the city, 1 in its middle. */
function centrality(longitude: number, latitude: number): number {
  const x = (longitude - 76.935) / 0.12;
  const y = (latitude - 43.25) / 0.075;
  return Math.max(0, 1 - Math.hypot(x, y));
}

function makeBuildings(count: number, random: Random, handles: Handles): SceneColumns {
  const scene = emptyScene(TwinKind.building, count, handles, 6);
  const columns = Math.floor(((east - west) * metresEast) / blockMetres);
  for (let i = 0; i < count; i++) {
    let longitude = 0;
    let latitude = 0;
    do {
      const column = Math.floor(random() * columns);
      const row = Math.floor(random() * (((north - south) * metresNorth) / blockMetres));
      const x = column * blockMetres + 18 + Math.floor(random() * 4) * 40 + 14;
      const y = row * blockMetres + 18 + Math.floor(random() * 4) * 40 + 14;
      longitude = west + x / metresEast;
      latitude = south + y / metresNorth;
    } while (random() > 0.25 + centrality(longitude, latitude));
    const tall = centrality(longitude, latitude);
    const kind = random();
    const height = kind < 0.5 ? 4 + random() * 5 : kind < 0.93 ? 12 + random() * 18 : 24 + random() * (30 + 70 * tall);
    const halfWidth = kind < 0.5 ? 5 + random() * 4 : 7 + random() * 9;
    const halfDepth = kind < 0.5 ? 5 + random() * 4 : 6 + random() * 7;
    scene.longitude[i] = longitude;
    scene.latitude[i] = latitude;
    scene.heightMetres[i] = height;
    scene.outline.set(footprint(halfWidth, halfDepth, random() < 0.4), 12 * i);
  }
  return scene;
}

function footprint(w: number, d: number, isLong: boolean): number[] {
  // An L, or a box whose two extra corners lie on its edges.
  return isLong
    ? [-w, -d, w, -d, w, 0, 0, 0, 0, d, -w, d]
    : [-w, -d, 0, -d, w, -d, w, d, 0, d, -w, d];
}

function makeLights(count: number, random: Random, handles: Handles): SceneColumns {
  const width = (east - west) * metresEast;
  const depth = (north - south) * metresNorth;
  const streets = Math.floor(width / blockMetres) + Math.floor(depth / blockMetres);
  const spacing = (width * Math.floor(depth / blockMetres) + depth * Math.floor(width / blockMetres)) / count;
  let street = 0;
  let along = 0;
  const rows = Math.floor(depth / blockMetres);
  return pointsAt(TwinKind.streetlight, count, handles, () => {
    const isRow = street < rows;
    const x = isRow ? along : (street - rows) * blockMetres + 8;
    const y = isRow ? street * blockMetres + 8 : along;
    along += spacing;
    if (along > (isRow ? width : depth)) {
      along = random() * spacing;
      street = (street + 1) % streets;
    }
    return [west + x / metresEast, south + y / metresNorth, 9, 0];
  });
}

function pointsAt(
  kind: TwinKind, count: number, handles: Handles, place: (i: number) => [number, number, number, number],
): SceneColumns {
  const scene = emptyScene(kind, count, handles, 0);
  for (let i = 0; i < count; i++) {
    const [longitude, latitude, height, tag] = place(i);
    scene.longitude[i] = longitude;
    scene.latitude[i] = latitude;
    scene.heightMetres[i] = height;
    scene.tag[i] = tag;
  }
  return scene;
}

function makeGround(random: Random): GroundFile {
  const features: GroundFeature[] = [];
  const width = (east - west) * metresEast;
  const depth = (north - south) * metresNorth;
  const at = (x: number, y: number): [number, number] => [west + x / metresEast, south + y / metresNorth];
  const name = (text: string) => ({ en: text, ru: text, kk: text });
  const rowNames = ['Al-Farabi', 'Timiryazev', 'Satpaev', 'Abay', 'Tole Bi', 'Raiymbek', 'Ryskulov'];
  const columnNames = ['Momyshuly', 'Sain', 'Rozybakiev', 'Gagarin', 'Seifullin', 'Dostyk'];
  for (let row = 0; row * blockMetres < depth; row++) {
    const y = row * blockMetres;
    const points = [at(0, y), at(width / 2, y + (random() - 0.5) * 6), at(width, y)];
    const isMajor = row % 11 === 6;
    const named = isMajor ? name(`${rowNames[Math.floor(row / 11) % 7]} Ave`) : undefined;
    features.push({ class: isMajor ? 'avenue' : 'street', points, ...(named ? { name: named } : {}) });
  }
  for (let column = 0; column * blockMetres < width; column++) {
    const x = column * blockMetres;
    const isMajor = column % 16 === 9;
    const named = isMajor ? name(`${columnNames[Math.floor(column / 16) % 6]} Ave`) : undefined;
    const points = [at(x, 0), at(x, depth)];
    features.push({ class: isMajor ? 'avenue' : 'street', points, ...(named ? { name: named } : {}) });
  }
  features.push({
    class: 'highway', name: name('Big Almaty Ring'),
    points: Array.from({ length: 40 }, (_, i) => at(-3000 + i * 700, depth * 0.93 + 900 * Math.sin(i / 9))),
  });
  for (const x of [0.35, 0.62, 0.82]) {
    features.push({
      class: 'river',
      points: Array.from({ length: 60 }, (_, i) => at(
        width * x + 260 * Math.sin(i / 5 + x * 9) + 25 * i, -3500 + (i * (depth + 8000)) / 60)),
    });
  }
  for (let i = 0; i < 14; i++) {
    const x = Math.floor(random() * (width / blockMetres)) * blockMetres;
    const y = Math.floor(random() * (depth / blockMetres)) * blockMetres;
    const size = blockMetres * (1 + Math.floor(random() * 4));
    const points = [at(x, y), at(x + size, y), at(x + size, y + size * 0.8), at(x, y + size)];
    features.push({ class: 'park', points });
  }
  features.push({
    class: 'water',
    points: Array.from({ length: 24 }, (_, i) => at(
      width * 0.44 + 700 * Math.cos((i * Math.PI) / 12), depth + 900 + 380 * Math.sin((i * Math.PI) / 12))),
  });
  return { features };
}

function makeDistricts(): DistrictShape[] {
  const names = [
    ['Alatau', 'Алатауский', 'Алатау'], ['Auezov', 'Ауэзовский', 'Әуезов'], ['Nauryzbay', 'Наурызбайский', 'Наурызбай'],
    ['Zhetysu', 'Жетысуский', 'Жетісу'],
    ['Almaly', 'Алмалинский', 'Алмалы'], ['Bostandyk', 'Бостандыкский', 'Бостандық'],
    ['Turksib', 'Турксибский', 'Түрксіб'], ['Medeu', 'Медеуский', 'Медеу'],
  ] as const;
  return names.map(([en, ru, kk], i) => {
    const column = Math.floor(i / 3);
    const row = i % 3;
    const rows = column === 2 ? 2 : 3;
    const x0 = west + ((east - west) * column) / 3;
    const x1 = west + ((east - west) * (column + 1)) / 3;
    const y1 = north - ((north - south) * row) / rows;
    const y0 = north - ((north - south) * (row + 1)) / rows;
    return {
      handle: i + 1, id: `d-${en.toLowerCase()}`, name: { en, ru, kk },
      outline: [[x0, y0], [x1, y0], [x1, y1], [x0, y1]] as const, label: [(x0 + x1) / 2, (y0 + y1) / 2] as const,
    };
  });
}

/** What `count` twins of a scene report; `pick` names the twins, in the order of the scene. */
export function makeChanges(
  scene: SceneColumns, count: number, random: Random, pick: (i: number) => number,
): ChangeColumns {
  const measures = scene.kind === TwinKind.building ? 5 : scene.kind === TwinKind.streetlight ? 3 : 2;
  const changes: ChangeColumns = {
    kind: scene.kind, count, handle: new Uint32Array(count),
    measuredAtSeconds: new Uint32Array(count).fill(1795219200), measuredAtMilliseconds: new Uint16Array(count),
    measures: Array.from({ length: measures }, () => new Float32Array(count)),
    condition: new Uint8Array(count), flags: new Uint8Array(count),
  };
  for (let i = 0; i < count; i++) {
    const row = pick(i);
    changes.handle[i] = scene.handle[row]!;
    const luck = random();
    changes.flags[i] = luck < 0.93 ? 1 : luck < 0.96 ? 2 : luck < 0.985 ? 3 : 0;
    report(changes, i, scene.kind, random, scene.heightMetres[row]!);
  }
  return changes;
}

function report(changes: ChangeColumns, i: number, kind: TwinKind, random: Random, height: number): void {
  const luck = random();
  if (kind === TwinKind.building) {
    const scale = height * height * 5 * (0.3 + 1.4 * luck * luck);
    changes.measures.forEach((column, m) => (column[i] = scale * [10, 0.5, 0.25, 1.2, 40][m]!));
  } else if (kind === TwinKind.streetlight) {
    changes.condition[i] = luck < 0.72 ? 2 : luck < 0.93 ? 3 : luck < 0.994 ? 1 : 4;
    changes.measures[0]![i] = changes.condition[i] === 2 ? 100 : changes.condition[i] === 3 ? 50 : 0;
  } else if (kind === TwinKind.utilityMeter) {
    changes.condition[i] = luck < 0.9985 ? 1 : luck < 0.999 ? 2 : luck < 0.9995 ? 3 : 4;
  } else {
    changes.condition[i] = 1 + Math.floor(luck * luck * 6);
  }
}
