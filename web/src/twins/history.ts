import type { QualityName } from './cityTypes';

/** One value, or one figure of a step (docs/contracts.md §5). */
export interface HistoryPoint {
  readonly at: string;
  readonly value: number | null;
  readonly quality?: QualityName | null;
  readonly reason?: string | null;
  readonly count?: number | null;
  readonly suspect?: number | null;
  readonly bad?: number | null;
}

export interface History {
  readonly points: readonly HistoryPoint[];
  readonly isLimitHit: boolean;
}

/** What an area's twins of one model came to; official and indicative air apart. */
export interface AreaSeries {
  readonly model: string;
  readonly grade?: 'official' | 'indicative' | null;
  readonly members: number;
  readonly steps: readonly {
    readonly at: string; readonly value: number | null; readonly twins: number; readonly suspect: number;
    readonly completeness: number;
  }[];
}

export interface AreaHistory {
  readonly series: readonly AreaSeries[];
}

export interface Forecast {
  /** Null, and no hours, while too little is known. */
  readonly property: string | null;
  readonly hours: readonly { readonly from: string; readonly value: number; readonly spread: number }[];
}

/** Members of a query string as contracts.md names them. */
export type HistoryQuery = Readonly<Record<string, string>>;
