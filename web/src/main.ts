import { alarmApi } from './twins/alarmApi';
import { cityApi } from './twins/cityApi';
import { CityDesk } from './workplaces/CityDesk';
import { debugHandle } from './workplaces/debugHandle';

// The only place that sees both the map and the network; the map comes late, so that the page is there before it.
const desk = new CityDesk({
  root: document.querySelector<HTMLElement>('#app')!,
  api: cityApi(),
  alarmApi: alarmApi(),
  openMap: async (container, options) => (await import('./layers')).createCityMap(container, options),
  newWorker: () => new Worker(new URL('./feed/feed.worker.ts', import.meta.url), { type: 'module' }),
  hubUrl: new URL('/hubs/city', location.href).href,
});
window.cityTwin = debugHandle(desk);
