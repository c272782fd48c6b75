import type { FeedState } from '../feed/feedState';
import type { LiveCity } from '../feed/LiveCity';
import type { Language } from '../i18n/Language';
import type { MapPort } from '../layers/mapPort';
import type { CityApi } from '../twins/cityApi';
import type { CityScenes } from '../twins/CityScenes';
import type { City, Models } from '../twins/cityTypes';
import type { AlarmBook } from './alarms/AlarmBook';
import type { LoadState } from './CityLoader';
import type { CommandBook } from './commands/CommandBook';
import type { TimeTravel } from './time/TimeTravel';
import type { Theme, ViewState } from './ViewState';

/** What every panel may look at and ask for. */
export interface Desk {
  readonly language: Language;
  readonly viewState: ViewState;
  readonly theme: Theme;
  readonly api: CityApi;
  readonly live: LiveCity;
  readonly scenes: CityScenes;
  readonly alarms: AlarmBook;
  readonly commands: CommandBook;
  readonly city: City | undefined;
  readonly models: Models | undefined;
  readonly feed: FeedState;
  readonly load: LoadState;
  /** Which time of the city is shown. */
  readonly time: TimeTravel;
  readonly map: MapPort | undefined;
  /** Why there is no map; undefined while there is one or may still be. */
  readonly mapFailure: string | undefined;
  readonly backdropFailure: string | undefined;
  /** Now, by the server's clock; in the past, what the clock said then. */
  now(): number;
  /** Selects a twin by its id, and flies there. */
  select(id: string | undefined): void;
  retryLoad(): void;
  retryMap(): void;
}

/** A part of the page. `refresh` is called every second and whenever something changed that cannot wait for it. */
export interface Panel {
  readonly element: HTMLElement;
  refresh(): void;
  dispose?(): void;
}
