import { Feed } from './feed/Feed';
import { LiveCity } from './feed/LiveCity';
import { Language } from './i18n/Language';
import { preferredLocale } from './i18n/texts';

const watch = { kinds: ['building', 'streetlight', 'airQualitySensor'], detail: 'full' } as const;
const language = new Language(preferredLocale(navigator.languages));
const app = document.querySelector('#app')!;
const newWorker = (): Worker => new Worker(new URL('./feed/feed.worker.ts', import.meta.url), { type: 'module' });
const feed: Feed = new Feed(newWorker, new URL('/hubs/city', location.href).href, watch, {
  frame: (frame, connection) => {
    live.take(frame);
    feed.applied(frame.number, connection);
  },
  twin: () => undefined,
  state: (state) => (app.textContent = language.say(`feed.${state.phase}`)),
});
const live = new LiveCity(feed, () => undefined);
