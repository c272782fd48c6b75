import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';

/** One connection to `/hubs/city`; a closed one is not used again. */
export interface Hub {
  start(): Promise<void>;
  stop(): Promise<void>;
  invoke(method: string, ...args: unknown[]): Promise<unknown>;
  send(method: string, ...args: unknown[]): Promise<void>;
}

export interface HubHandlers {
  frame(bytes: Uint8Array): void;
  twin(json: string): void;
  alarms(json: string): void;
  closed(reason: string): void;
}

export type HubFactory = (handlers: HubHandlers) => Hub;

/** The real hub: WebSockets at once, frames as binary. */
export function signalrHub(url: string): HubFactory {
  return (handlers) => {
    const connection = new HubConnectionBuilder()
      .withUrl(url, { transport: HttpTransportType.WebSockets, skipNegotiation: true })
      .withHubProtocol(new MessagePackHubProtocol())
      .configureLogging(LogLevel.None)
      .build();
    connection.on('frame', (bytes: Uint8Array) => handlers.frame(bytes));
    connection.on('twin', (json: string) => handlers.twin(json));
    connection.on('alarms', (json: string) => handlers.alarms(json));
    connection.onclose((error) => handlers.closed(error?.message ?? 'closed'));
    return {
      start: () => connection.start(),
      stop: () => connection.stop(),
      invoke: (method, ...args) => connection.invoke(method, ...args),
      send: (method, ...args) => connection.send(method, ...args),
    };
  };
}
