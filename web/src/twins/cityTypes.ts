import { TwinKind } from './columns';

/** The JSON of `/api/v1`, as docs/contracts.md §4 writes it down. */
export interface LocalizedText {
  readonly en: string;
  readonly ru: string;
  readonly kk: string;
}

export type KindName = keyof typeof TwinKind;
export type FreshnessName = 'neverReported' | 'live' | 'stale' | 'lost';
export type QualityName = 'good' | 'suspect' | 'bad';
export type Position = readonly [number, number];

export interface District {
  readonly handle: number;
  readonly id: string;
  readonly name: LocalizedText;
  readonly outline: readonly Position[];
  readonly label: Position;
  readonly approximate: boolean;
}

export interface City {
  readonly name: LocalizedText | string;
  readonly origin: 'simulated' | 'imported';
  readonly epoch: number;
  readonly timeZone: string;
  readonly bounds: readonly [number, number, number, number];
  readonly counts: Readonly<Partial<Record<KindName, number>>>;
  readonly districts: readonly District[];
  /** Maps of others, where the operator has configured some. */
  readonly view?: {
    readonly ionToken?: string | null; readonly tilesUrl?: string | null; readonly imageryUrl?: string | null;
  };
}

export interface PropertyModel {
  readonly name: string;
  readonly displayName: LocalizedText;
  readonly role: string;
  readonly schema: string;
  readonly unit?: string | null;
  readonly enumValues?: readonly { readonly name: string; readonly displayName: LocalizedText }[] | null;
  readonly minimum?: number | null;
  readonly maximum?: number | null;
}

/** What a command is given, and which telemetry shows that it was done. */
export interface CommandModel {
  readonly name: string;
  readonly displayName: LocalizedText;
  readonly request?: {
    readonly name: string;
    readonly displayName: LocalizedText;
    readonly schema: string;
    readonly unit?: string | null;
    readonly enumValues?: readonly { readonly name: string; readonly displayName: LocalizedText }[] | null;
    readonly minimum?: number | null;
    readonly maximum?: number | null;
  } | null;
  readonly confirmedBy?: string | null;
}

export interface TwinModel {
  readonly id: string;
  readonly index: number;
  readonly kind: KindName;
  readonly displayName: LocalizedText;
  readonly expectedIntervalSeconds?: number | null;
  readonly summary: readonly string[];
  readonly properties: readonly PropertyModel[];
  readonly commandSchemas?: readonly CommandModel[];
}

export interface FreshnessPolicy {
  readonly staleAfterIntervals: number;
  readonly lostAfterIntervals: number;
}

export interface Models {
  readonly freshness?: FreshnessPolicy;
  readonly models: readonly TwinModel[];
}

export interface TwinValue {
  readonly value: number | boolean | string | null;
  readonly quality: QualityName;
  readonly measuredAt: string;
  readonly receivedAt?: string;
  /** Why the quality is what it is. */
  readonly reason?: string | null;
}

export interface Twin {
  readonly id: string;
  readonly handle: number;
  readonly model: string;
  readonly kind: KindName;
  readonly parent?: string | null;
  readonly district?: string | null;
  readonly servedBy?: string | null;
  readonly device?: string | null;
  readonly position?: Position | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly state: {
    readonly condition: number | string;
    readonly freshness: FreshnessName;
    readonly quality: QualityName;
    readonly measuredAt?: string | null;
    readonly heardAt?: string | null;
    readonly revision: number;
    /** The last value that was refused. */
    readonly screened?: {
      readonly property: string; readonly value: TwinValue['value']; readonly reason: string;
    } | null;
  };
  readonly values: Readonly<Record<string, TwinValue>>;
  readonly childCount: number;
}

export interface TwinPage {
  readonly twins: readonly Twin[];
  readonly next?: string | null;
}

export interface SearchHit {
  readonly id: string;
  readonly kind: KindName;
  readonly model: string;
  readonly title: string;
  readonly subtitle?: string | null;
  readonly position?: Position | null;
  readonly handle: number;
}

export interface Ground {
  readonly features: readonly {
    readonly class: 'street' | 'avenue' | 'highway' | 'river' | 'water' | 'park' | 'mountain';
    readonly name?: LocalizedText;
    readonly points: readonly Position[];
  }[];
}

export const kindNames = Object.keys(TwinKind) as KindName[];
export const kindNameOf = (kind: TwinKind): KindName => kindNames[kind]!;
