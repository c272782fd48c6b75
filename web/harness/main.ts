import { startCityMap } from '../src/layers/index';
import { LiveCity } from '../src/feed/LiveCity';
import type { CityMap } from '../src/layers/CityMap';
import { TwinKind, type ChangeColumns, type SceneColumns } from '../src/twins/columns';
import { makeChanges, makeCity, seeded } from './city';

/** Milliseconds on the main thread, medians of the runs. */
interface FrameCost {
  readonly runs: number;
  /** What the page keeps of the city, and its checksum, brought up to date. */
  readonly replica: number;
  /** The map told of it. */
  readonly apply: number;
  /** JavaScript of the frame: from the call into Cesium until every draw call is issued. */
  readonly render: number;
  readonly whole: number;
  readonly worst: number;
}

const query = new URLSearchParams(location.search);
const theme = query.get('theme') === 'light' ? 'light' : 'dark';
const locale = (query.get('locale') ?? 'en') as 'en' | 'ru' | 'kk';
const container = document.getElementById('map')!;
container.addEventListener('citymap-failed', (event) => console.error((event as CustomEvent).detail));

const city = makeCity(Number(query.get('buildings') ?? 20000), Number(query.get('lights') ?? 40000));
const map = await startCityMap(container, { theme, locale, sampling: Number(query.get('sampling') ?? 1) });
map.setGround(city.ground, city.districts);
const random = seeded(7);
const live = new LiveCity({ distrust: (why) => console.error(why), checksum: async () => undefined }, () => undefined);
let number = 0;

/** As a frame of the feed brings it, decoded; the worker has decoded it beside the main thread. */
function receive(type: 'snapshot' | 'delta', sections: ChangeColumns[], members: number): void {
  live.take({
    type, sections, members, first: true, last: true, epoch: 1, number: ++number, previous: number - 1,
    serverTime: Date.now(), buffer: new ArrayBuffer(0),
  });
}

const buildTimes: Record<string, number> = {};
for (const scene of city.scenes.values()) {
  const startedAt = performance.now();
  await map.setScene(scene);
  buildTimes[scene.kind] = Math.round(performance.now() - startedAt);
}
const everything = [...city.scenes.values()].map((scene) => makeChanges(scene, scene.count, random, (i) => i));
receive('snapshot', everything, everything.reduce((sum, { count }) => sum + count, 0));
for (const columns of live.changes.take(live.store)) map.apply(columns);
map.onPick((pick) => {
  map.select(pick?.handle);
  console.log('pick', JSON.stringify(pick));
});

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

function anyTwins(scene: SceneColumns, count: number) {
  return makeChanges(scene, count, random, () => Math.floor(random() * scene.count));
}

/** 5,000 random changes, most of them lights, then one frame; 60 times. */
function frameCost(runs = 60): FrameCost {
  const scene = sceneOf(map);
  scene.render();
  const kept: number[] = [];
  const applied: number[] = [];
  const rendered: number[] = [];
  const both: number[] = [];
  for (let run = 0; run < runs; run++) {
    const lights = anyTwins(city.scenes.get(TwinKind.streetlight)!, 3500);
    const houses = anyTwins(city.scenes.get(TwinKind.building)!, 1500);
    const startedAt = performance.now();
    receive('delta', [lights, houses], live.store.members);
    const keptAt = performance.now();
    for (const columns of live.changes.take(live.store)) map.apply(columns);
    const appliedAt = performance.now();
    scene.render();
    const renderedAt = performance.now();
    kept.push(keptAt - startedAt);
    applied.push(appliedAt - keptAt);
    rendered.push(renderedAt - appliedAt);
    both.push(renderedAt - startedAt);
    // The pipe to the GPU process must be empty before the next run, or the run would wait for its predecessor.
    finish(scene);
  }
  const worst = Math.max(...both);
  return {
    runs, replica: median(kept), apply: median(applied), render: median(rendered), whole: median(both), worst,
  };
}

interface SceneInside {
  render(): void;
  readonly context: { readonly _gl: WebGL2RenderingContext };
}

const sceneOf = (from: CityMap): SceneInside => (from as unknown as { scene: SceneInside }).scene;

function finish(scene: SceneInside): void {
  scene.context._gl.readPixels(0, 0, 1, 1, 6408, 5121, new Uint8Array(4));
}

/** Median time of a whole frame including the (here: software) GPU. */
function wholeFrame(runs = 10): number {
  const scene = sceneOf(map);
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    (map as unknown as { scene: { requestRender(): void } }).scene.requestRender();
    const startedAt = performance.now();
    scene.render();
    finish(scene);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

Object.assign(window, { harness: { map, city, frameCost, wholeFrame, buildTimes, ready: true } });
