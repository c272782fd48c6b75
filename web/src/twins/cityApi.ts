import { MalformedError } from './binary';
import type { SceneColumns } from './columns';
import type { City, Ground, KindName, Models, SearchHit, Twin, TwinPage } from './cityTypes';
import type { AreaHistory, Forecast, History, HistoryQuery } from './history';
import { SceneMagic, decodeScene } from './sceneFile';

const PatienceMs = 30_000;
/** A scene takes as long as the line needs; it must only not stand still. */
const SceneStandstillMs = 15_000;
const SceneBytesMax = 512 * 1024 * 1024;
const SceneHeaderBytes = 32;

/** The server's refusal, from its problem document (RFC 9457) where it sent one. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** The REST interface of docs/contracts.md §4, as far as the page reads it. */
export interface CityApi {
  city(signal?: AbortSignal): Promise<City>;
  models(signal?: AbortSignal): Promise<Models>;
  ground(signal?: AbortSignal): Promise<Ground>;
  scene(kind: KindName, progress: (share: number) => void, signal?: AbortSignal): Promise<SceneColumns>;
  twin(id: string, signal?: AbortSignal): Promise<Twin>;
  children(id: string, after: string | undefined, limit: number, signal?: AbortSignal): Promise<TwinPage>;
  search(text: string, limit: number, signal?: AbortSignal): Promise<readonly SearchHit[]>;
  history(id: string, query: HistoryQuery, signal?: AbortSignal): Promise<History>;
  /** Of what is in an area. */
  areaHistory(id: string, query: HistoryQuery, signal?: AbortSignal): Promise<AreaHistory>;
  forecast(id: string, signal?: AbortSignal): Promise<Forecast>;
}

/** The browser's own, found anew at each call. */
export const browserRequest: typeof fetch = (input, init) => fetch(input, init);

export function cityApi(root = '/api/v1', request: typeof fetch = browserRequest): CityApi {
  const json = async <T>(path: string, signal?: AbortSignal): Promise<T> => {
    const response = await request(root + path, {
      headers: { Accept: 'application/json' },
      signal: withPatience(signal),
    });
    if (!response.ok) throw await refusal(response);
    return (await response.json()) as T;
  };
  return {
    city: (signal) => json('/city', signal),
    models: (signal) => json('/models', signal),
    ground: (signal) => json('/scene/ground', signal),
    scene: (kind, progress, signal) => fetchScene(request, `${root}/scene/${kind}`, progress, signal),
    twin: (id, signal) => json(`/twins/${encodeURIComponent(id)}`, signal),
    children: (id, after, limit, signal) => {
      const query = new URLSearchParams({ parent: id, limit: String(limit) });
      if (after) query.set('after', after);
      return json(`/twins?${query}`, signal);
    },
    search: async (text, limit, signal) => {
      const query = new URLSearchParams({ q: text, limit: String(limit) });
      return (await json<{ results: readonly SearchHit[] }>(`/search?${query}`, signal)).results;
    },
    history: (id, query, signal) =>
      json(`/twins/${encodeURIComponent(id)}/history?${new URLSearchParams(query)}`, signal),
    areaHistory: (id, query, signal) =>
      json(`/twins/${encodeURIComponent(id)}/rollup/history?${new URLSearchParams(query)}`, signal),
    forecast: (id, signal) => json(`/twins/${encodeURIComponent(id)}/forecast`, signal),
  };
}

const either = (signal: AbortSignal | undefined, patience: AbortSignal): AbortSignal =>
  signal ? AbortSignal.any([signal, patience]) : patience;

/** No request may wait for ever. */
export const withPatience = (signal: AbortSignal | undefined): AbortSignal =>
  either(signal, AbortSignal.timeout(PatienceMs));

export async function refusal(response: Response): Promise<ApiError> {
  let message = response.statusText;
  try {
    const problem = (await response.json()) as { title?: string; detail?: string };
    message = problem.detail ?? problem.title ?? message;
  } catch {
    // Not a problem document, for example a proxy's own page: the status has to do.
  }
  return new ApiError(response.status, message);
}

async function fetchScene(
  request: typeof fetch, url: string, progress: (share: number) => void, signal: AbortSignal | undefined,
): Promise<SceneColumns> {
  const standstill = new AbortController();
  let timer = setTimeout(() => standstill.abort(), SceneStandstillMs);
  try {
    const response = await request(url, { signal: either(signal, standstill.signal) });
    if (!response.ok) throw await refusal(response);
    if (!response.body) throw new MalformedError('a scene without a body');
    const gathered = new SceneBytes();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(timer);
      timer = setTimeout(() => standstill.abort(), SceneStandstillMs);
      progress(gathered.add(value));
    }
    return decodeScene(gathered.whole());
  } finally {
    clearTimeout(timer);
  }
}

/** Gathers a scene as it comes; its header says how long it is, which no header of HTTP does for compressed bytes. */
export class SceneBytes {
  #header = new Uint8Array(0);
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #at = 0;

  /** Returns the share that has come, 0 to 1. */
  add(chunk: Uint8Array): number {
    if (!this.#bytes) {
      const joined = new Uint8Array(this.#header.length + chunk.length);
      joined.set(this.#header);
      joined.set(chunk, this.#header.length);
      if (joined.length < SceneHeaderBytes) {
        this.#header = joined;
        return 0;
      }
      this.#bytes = new Uint8Array(sceneLength(joined));
      chunk = joined;
    }
    if (this.#at + chunk.length > this.#bytes.length) throw new MalformedError('a scene longer than its header says');
    this.#bytes.set(chunk, this.#at);
    this.#at += chunk.length;
    return this.#at / this.#bytes.length;
  }

  whole(): ArrayBuffer {
    if (!this.#bytes) throw new MalformedError('a scene without a header');
    // The padding of the last column may be absent.
    if (this.#at < this.#bytes.length - 3) throw new MalformedError(`scene ends at ${this.#at}`);
    return this.#at === this.#bytes.length ? this.#bytes.buffer : this.#bytes.buffer.slice(0, this.#at);
  }
}

/** Bytes of a whole scene by its header (docs/contracts.md §3). */
function sceneLength(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, SceneHeaderBytes);
  if (view.getUint32(0, true) !== SceneMagic) throw new MalformedError('not an ALS1 scene');
  const count = view.getUint32(8, true);
  const vertices = view.getUint32(12, true);
  const idBytes = view.getUint32(16, true);
  const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;
  const columns = count * (8 + 8 + 4 + 4 + 4 + 4) + 2 * 4 * (count + 1) + vertices * 8;
  const length = SceneHeaderBytes + columns + padded(2 * count) + padded(count) + padded(idBytes);
  if (length > SceneBytesMax) throw new MalformedError(`a scene of ${length} bytes`);
  return length;
}
