import { browserRequest, refusal, withPatience } from './cityApi';
import {
  parseOrder, parseOrders, parsePreview, parseTwinCommands, type CommandOrder, type OrderPreview, type TwinCommands,
} from './commands';

/** Whom an order is for: one of the members, and `kind` beside a district or a street. */
export interface OrderTargets {
  readonly twins?: readonly string[];
  readonly cabinet?: string;
  readonly street?: string;
  readonly district?: string;
  readonly query?: string;
}

/** An order as the server takes it. */
export interface OrderBody {
  readonly id: string;
  readonly name: string;
  readonly payload?: unknown;
  readonly targets: OrderTargets;
  readonly withinMinutes: number;
  readonly forMinutes?: number;
  readonly reason?: string;
  readonly stageSize?: number;
  readonly stageMinutes?: number;
  readonly failedShareMax?: number;
  readonly by: string;
}

/** The commands' part of the REST interface, checked as it comes in. */
export interface CommandApi {
  preview(order: OrderBody): Promise<OrderPreview>;
  place(order: OrderBody): Promise<CommandOrder>;
  list(limit: number, signal?: AbortSignal): Promise<readonly CommandOrder[]>;
  notDone(id: string, limit: number, signal?: AbortSignal): Promise<TwinCommands>;
  cancel(id: string, by: string): Promise<CommandOrder>;
}

export function commandApi(root = '/api/v1', request: typeof fetch = browserRequest): CommandApi {
  const get = async (path: string, signal?: AbortSignal): Promise<unknown> => {
    const response = await request(root + path, {
      headers: { Accept: 'application/json' }, signal: withPatience(signal),
    });
    if (!response.ok) throw await refusal(response);
    return response.json();
  };
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const response = await request(root + path, {
      method: 'POST', body: JSON.stringify(body), signal: withPatience(undefined),
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    });
    if (!response.ok) throw await refusal(response);
    return response.json();
  };
  return {
    preview: async (order) => parsePreview(await post('/commands/preview', order)),
    place: async (order) => parseOrder(await post('/commands', order)),
    list: async (limit, signal) => parseOrders(await get(`/commands?limit=${limit}`, signal)),
    notDone: async (id, limit, signal) =>
      parseTwinCommands(await get(`/commands/${encodeURIComponent(id)}/not-done?limit=${limit}`, signal)),
    cancel: async (id, by) => parseOrder(await post(`/commands/${encodeURIComponent(id)}/cancel`, { by })),
  };
}
