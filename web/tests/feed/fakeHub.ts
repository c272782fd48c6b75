import type { Hub, HubFactory, HubHandlers } from '../../src/feed/hub';
import { encodeFrame, type FrameToWrite } from '../twins/encoding';

export interface Call {
  readonly method: string;
  readonly argument: unknown;
}

/** Connections as a test scripts them: what was called is kept, what is answered is said. */
export class FakeHub {
  readonly connections: FakeConnection[] = [];
  refuses = false;
  resumes = false;
  answersWatch = true;

  readonly factory: HubFactory = (handlers) => {
    const connection = new FakeConnection(this, handlers);
    this.connections.push(connection);
    return connection;
  };

  get newest(): FakeConnection {
    return this.connections.at(-1)!;
  }
}

export class FakeConnection implements Hub {
  readonly calls: Call[] = [];
  isStopped = false;
  checksum = '';

  constructor(private readonly hub: FakeHub, private readonly handlers: HubHandlers) {}

  async start(): Promise<void> {
    if (this.hub.refuses) throw new Error('refused');
  }

  async stop(): Promise<void> {
    this.isStopped = true;
  }

  async invoke(method: string, argument?: unknown): Promise<unknown> {
    this.calls.push({ method, argument });
    if (method === 'Checksum') return this.checksum;
    if (!this.hub.answersWatch) return new Promise(() => undefined);
    return JSON.stringify({ epoch: 7, number: 0, resumed: this.hub.resumes });
  }

  async send(method: string, argument: unknown): Promise<void> {
    this.calls.push({ method, argument });
  }

  get watches(): { resume?: { epoch: number; number: number } }[] {
    return this.calls.filter(({ method }) => method === 'Watch').map(({ argument }) => JSON.parse(String(argument)));
  }

  get acknowledged(): unknown[] {
    return this.calls.filter(({ method }) => method === 'Ack').map(({ argument }) => argument);
  }

  push(frame: FrameToWrite): void {
    this.handlers.frame(encodeFrame(frame));
  }

  pushBytes(bytes: Uint8Array): void {
    this.handlers.frame(bytes);
  }

  snapshot(number: number, epoch = 7): void {
    this.push({ type: 1, epoch, number, previous: 0, members: 0 });
  }

  delta(number: number, previous = number - 1, epoch = 7): void {
    this.push({ type: 2, epoch, number, previous, members: 0 });
  }

  alarms(json: string): void {
    this.handlers.alarms(json);
  }

  close(): void {
    this.handlers.closed('gone');
  }
}
