import { isLocale, type Locale } from '../i18n/texts';
import { kindNames, type KindName } from '../twins/cityTypes';

export type Theme = 'dark' | 'light';

/** What a bookmark keeps: which twin, which layers, in which language; not where the camera is. */
export interface View {
  readonly wall: boolean;
  readonly twin: string | undefined;
  readonly hidden: ReadonlySet<KindName>;
  /** Which of a building's measures colours it. */
  readonly measure: number;
  readonly locale: Locale | undefined;
  readonly theme: Theme | undefined;
}

const MeasureMax = 4;
/** Meters stand in the buildings they count for; shown at once they would only hide them. */
const hiddenAtFirst: ReadonlySet<KindName> = new Set<KindName>(['utilityMeter']);

export function parseHash(hash: string): View {
  const entries = new Map<string, string>();
  for (const part of hash.replace(/^#/, '').split('&')) {
    const [name = '', value = ''] = part.split('=', 2);
    entries.set(name, decode(value));
  }
  const measure = Number(entries.get('measure') ?? 0);
  const theme = entries.get('theme');
  const locale = entries.get('lang');
  const hidden = entries.get('hide');
  return {
    wall: entries.has('wall'),
    twin: entries.get('twin') || undefined,
    hidden: hidden === undefined
      ? hiddenAtFirst : new Set(kindNames.filter((kind) => hidden.split(',').includes(kind))),
    measure: Number.isInteger(measure) && measure >= 0 && measure <= MeasureMax ? measure : 0,
    locale: isLocale(locale) ? locale : undefined,
    theme: theme === 'dark' || theme === 'light' ? theme : undefined,
  };
}

export function formatHash(view: View): string {
  const parts: string[] = [];
  if (view.wall) parts.push('wall');
  if (view.twin) parts.push(`twin=${encodeURIComponent(view.twin)}`);
  const isUsual = view.hidden.size === hiddenAtFirst.size && [...view.hidden].every((kind) => hiddenAtFirst.has(kind));
  if (!isUsual) parts.push(`hide=${[...view.hidden].join(',')}`);
  if (view.measure !== 0) parts.push(`measure=${view.measure}`);
  if (view.locale) parts.push(`lang=${view.locale}`);
  if (view.theme) parts.push(`theme=${view.theme}`);
  return parts.length > 0 ? `#${parts.join('&')}` : '#';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A mistyped bookmark must not keep the page from starting.
    return '';
  }
}

/** The view and its hash, kept equal; whoever shows it listens. */
export class ViewState {
  #view: View;
  readonly #listeners = new Set<(view: View, before: View) => void>();
  readonly #window: Window;

  constructor(window: Window) {
    this.#window = window;
    this.#view = parseHash(window.location.hash);
    window.addEventListener('hashchange', () => this.#show(parseHash(window.location.hash)));
  }

  get view(): View {
    return this.#view;
  }

  set(change: Partial<View>): void {
    const view = { ...this.#view, ...change };
    // Replaced, not pushed: a display that runs for months must not gather a history.
    this.#window.history.replaceState(undefined, '', formatHash(view));
    this.#show(view);
  }

  listen(listener: (view: View, before: View) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #show(view: View): void {
    const before = this.#view;
    this.#view = view;
    for (const listener of [...this.#listeners]) listener(view, before);
  }
}
