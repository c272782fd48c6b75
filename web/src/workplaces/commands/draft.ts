import type { OrderBody, OrderTargets } from '../../twins/commandApi';
import type { CommandModel, KindName, Models, TwinModel } from '../../twins/cityTypes';

export const targetKinds = ['twin', 'cabinet', 'street', 'district', 'filter'] as const;
export type TargetKind = (typeof targetKinds)[number];

/** Whom an order is for, as it is said in the form: an id, a name, or the parameters of a query. */
export interface Target {
  readonly kind: TargetKind;
  readonly value: string;
  /** Of a single twin: which commands there are depends on it. */
  readonly model?: string;
}

/** What an operator has typed. */
export interface Draft {
  readonly target: Target;
  readonly payload: string;
  readonly withinMinutes: number;
  /** 0: until the next command. */
  readonly forMinutes: number;
  readonly reason: string;
  readonly by: string;
  readonly isStaged: boolean;
  readonly stageSize: string;
  readonly stageMinutes: string;
  readonly failedPercentMax: string;
}

export type MissingPart = 'by' | 'target' | 'command' | 'payload' | 'stages';

export const withinChoices = [5, 15, 30, 60, 480, 1_440] as const;
export const forChoices = [0, 30, 60, 120, 480] as const;

const kindsOf: Readonly<Partial<Record<TargetKind, readonly KindName[]>>> = {
  cabinet: ['streetlight', 'lightingCabinet'], street: ['streetlight'],
};

/** The commands that the target can be given, each name once. */
export function commandsFor(target: Target, models: Models | undefined): readonly CommandModel[] {
  const kinds = kindsOf[target.kind];
  const fits = ({ id, kind }: TwinModel): boolean =>
    target.kind === 'twin' ? target.model === undefined || id === target.model : kinds?.includes(kind) ?? true;
  // What a group is mostly ordered for comes first.
  const rank = ({ kind }: TwinModel): number => kinds?.indexOf(kind) ?? 0;
  const commands = (models?.models ?? []).filter(fits).sort((a, b) => rank(a) - rank(b))
    .flatMap((model) => model.commandSchemas ?? []);
  return [...new Map(commands.map((command) => [command.name, command])).values()];
}

/** The value as JSON; undefined where what was typed is none. */
export function payloadOf(command: CommandModel, text: string): unknown {
  const { request } = command;
  if (!request) return null;
  const typed = text.trim();
  if (typed === '') return undefined;
  switch (request.schema) {
    case 'boolean': return typed === 'true' ? true : typed === 'false' ? false : undefined;
    case 'double': case 'integer': {
      const number = Number(typed.replace(',', '.'));
      const isGood = Number.isFinite(number) && (request.schema === 'double' || Number.isInteger(number))
        && number >= (request.minimum ?? -Infinity) && number <= (request.maximum ?? Infinity);
      return isGood ? number : undefined;
    }
    case 'structured':
      try {
        const value: unknown = JSON.parse(typed);
        return typeof value === 'object' && value !== null ? value : undefined;
      } catch {
        return undefined;
      }
    default: return typed;
  }
}

/** The order to send, or what is missing for it. */
export function orderOf(draft: Draft, command: CommandModel | undefined, id: string): OrderBody | MissingPart {
  const value = draft.target.value.trim();
  if (!value) return 'target';
  if (!command) return 'command';
  const payload = payloadOf(command, draft.payload);
  if (payload === undefined) return 'payload';
  const stages = draft.isStaged ? stagesOf(draft) : {};
  if (!stages) return 'stages';
  if (!draft.by.trim()) return 'by';
  const reason = draft.reason.trim();
  return {
    id, name: command.name, ...(command.request ? { payload } : {}), targets: targetsOf(draft.target.kind, value),
    withinMinutes: draft.withinMinutes, ...(draft.forMinutes > 0 ? { forMinutes: draft.forMinutes } : {}),
    ...(reason ? { reason } : {}), ...stages, by: draft.by.trim(),
  };
}

const targetsOf = (kind: TargetKind, value: string): OrderTargets =>
  kind === 'twin' ? { twins: [value] } : kind === 'filter' ? { query: value } : { [kind]: value };

function stagesOf(draft: Draft): Pick<OrderBody, 'stageSize' | 'stageMinutes' | 'failedShareMax'> | undefined {
  const [size, minutes, percent] = [draft.stageSize, draft.stageMinutes, draft.failedPercentMax].map(Number);
  if (!Number.isInteger(size) || size! < 1 || !(minutes! > 0) || !(percent! >= 0 && percent! <= 100)) return undefined;
  return { stageSize: size!, stageMinutes: minutes!, failedShareMax: percent! / 100 };
}
