import { alarmApi } from './twins/alarmApi';
import { cityApi } from './twins/cityApi';
import { commandApi } from './twins/commandApi';
import { replayApi, requestOf } from './twins/replayApi';
import { CityDesk } from './workplaces/CityDesk';
import { debugHandle } from './workplaces/debugHandle';

let replay: string | undefined;
/** Of the city as it is, or of the replay that is shown: those who ask need not know which. */
const request = requestOf(() => replay);

// The only place that sees both the map and the network; the map comes late, so that the page is there before it.
const desk = new CityDesk({
  root: document.querySelector<HTMLElement>('#app')!,
  api: cityApi('/api/v1', request),
  alarmApi: alarmApi('/api/v1', request),
  commandApi: commandApi('/api/v1', request),
  replayApi: replayApi(),
  openMap: async (container, options) => (await import('./layers')).createCityMap(container, options),
  newWorker: () => new Worker(new URL('./feed/feed.worker.ts', import.meta.url), { type: 'module' }),
  hubUrl: new URL('/hubs/city', location.href).href,
  useReplay: (id) => (replay = id),
});
window.cityTwin = debugHandle(desk);
