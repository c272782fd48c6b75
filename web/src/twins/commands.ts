import { MalformedError } from './binary';

export const commandStates = [
  'queued', 'sent', 'delivered', 'confirmed', 'failed', 'expired', 'refused', 'cancelled',
] as const;
export type CommandState = (typeof commandStates)[number];
export const orderStates = ['running', 'halted', 'cancelled', 'finished'] as const;
export type OrderState = (typeof orderStates)[number];

/** An order as docs/contracts.md §10 has it; times in Unix milliseconds. */
export interface CommandOrder {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  readonly by: string;
  readonly reason: string | undefined;
  readonly state: OrderState;
  readonly placedAt: number;
  readonly deadline: number;
  readonly until: number | undefined;
  readonly stage: number;
  readonly stages: number;
  readonly total: number;
  readonly counts: Readonly<Record<CommandState, number>>;
  readonly done: number;
  readonly notDone: number;
}

/** One twin's part of an order, as far as it has come. */
export interface TwinCommand {
  readonly twin: string;
  readonly state: CommandState;
  readonly at: number;
  readonly detail: string | undefined;
}

export interface TwinCommands {
  readonly count: number;
  readonly twins: readonly TwinCommand[];
}

/** What an order would do. */
export interface OrderPreview {
  readonly count: number;
  readonly stages: number;
  readonly withoutDeviceCount: number;
  readonly withoutDevice: readonly string[];
  readonly notReachableCount: number;
  readonly notReachable: readonly { readonly twin: string; readonly why: string }[];
  readonly superseded: number;
  readonly confirmedBy: string | undefined;
}

type Said = Readonly<Record<string, unknown>>;

export function parseOrder(said: unknown): CommandOrder {
  const order = objectOf(said, 'an order');
  if (typeof order['id'] !== 'string' || !orderStates.includes(order['state'] as OrderState)) {
    throw new MalformedError(`an order of state ${String(order['state'])}`);
  }
  const counts = objectOf(order['counts'], 'counts');
  return {
    id: order['id'], name: String(order['name']), payload: order['payload'], by: String(order['by']),
    reason: textOf(order['reason']), state: order['state'] as OrderState, placedAt: timeOf(order['placedAt']),
    deadline: timeOf(order['deadline']), until: order['until'] ? timeOf(order['until']) : undefined,
    stage: numberOf(order['stage']), stages: numberOf(order['stages']), total: numberOf(order['total']),
    counts: Object.fromEntries(commandStates.map((state) => [state, numberOf(counts[state])])) as
      Record<CommandState, number>,
    done: numberOf(order['done']), notDone: numberOf(order['notDone']),
  };
}

export const parseOrders = (said: unknown): readonly CommandOrder[] =>
  listOf(objectOf(said, 'orders')['orders']).map(parseOrder);

export function parseTwinCommands(said: unknown): TwinCommands {
  const page = objectOf(said, 'commands');
  return { count: numberOf(page['count']), twins: listOf(page['twins']).map(parseTwinCommand) };
}

export function parsePreview(said: unknown): OrderPreview {
  const preview = objectOf(said, 'a preview');
  const confirmedBy = preview['confirmedBy'];
  return {
    count: numberOf(preview['count']), stages: numberOf(preview['stages']),
    withoutDeviceCount: numberOf(preview['withoutDeviceCount']),
    withoutDevice: listOf(preview['withoutDevice']).map(String),
    notReachableCount: numberOf(preview['notReachableCount']),
    notReachable: listOf(preview['notReachable']).map((one) => {
      const { twin, why } = objectOf(one, 'a twin');
      return { twin: String(twin), why: String(why) };
    }),
    superseded: numberOf(preview['superseded']),
    confirmedBy: confirmedBy ? String(objectOf(confirmedBy, 'a confirmation')['property']) : undefined,
  };
}

function parseTwinCommand(said: unknown): TwinCommand {
  const { twin, state, steps } = objectOf(said, 'a command');
  const last = listOf(steps).at(-1);
  if (!commandStates.includes(state as CommandState) || last === undefined) {
    throw new MalformedError(`a command of state ${String(state)}`);
  }
  const { at, detail } = objectOf(last, 'a step');
  return { twin: String(twin), state: state as CommandState, at: timeOf(at), detail: textOf(detail) };
}

function objectOf(value: unknown, what: string): Said {
  if (typeof value !== 'object' || value === null) throw new MalformedError(`${what}: ${String(value)}`);
  return value as Said;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedError(`${String(value)} is no list`);
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new MalformedError(`${String(value)} is no number`);
  return value;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

function timeOf(value: unknown): number {
  const time = Date.parse(String(value));
  if (Number.isNaN(time)) throw new MalformedError(`${String(value)} is no time`);
  return time;
}
