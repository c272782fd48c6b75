import type { MapPort } from './mapPort';

/** Shows the city in `container`. */
export function createCityMap(
  _container: HTMLElement, _options: { theme: 'dark' | 'light'; locale: 'kk' | 'ru' | 'en' },
): Promise<MapPort> {
  return Promise.reject(new Error('map not built'));
}
