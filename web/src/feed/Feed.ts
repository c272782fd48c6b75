import type { Frame } from '../twins/frame';
import type { Checksum } from '../twins/checksum';
import { initialFeedState, type FeedState, type WatchRequest } from './feedState';
import type { FromWorker, ToWorker } from './messages';

/** The part of a Worker that the feed uses, so that a test can stand in for it. */
export interface WorkerPort {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface ServerChecksum extends Checksum {
  readonly epoch: number;
  readonly number: number;
}

export interface FeedListener {
  frame(frame: Frame, connection: number): void;
  twin(json: string): void;
  alarms(json: string): void;
  state(state: FeedState): void;
}

const CheckMs = 5_000;
/** A worker pulses every second; in a page that is asleep its messages wait, hence two looks in a row. */
const MissedLooksMax = 2;
const AnswerPatienceMs = 10_000;

/** The page's end of the feed; a worker that has died is replaced. */
export class Feed {
  readonly #newWorker: () => WorkerPort;
  #url: string;
  readonly #listener: FeedListener;
  #watch: WatchRequest;
  #inspected = '';
  #worker: WorkerPort;
  #heard = true;
  #missedLooks = 0;
  #question = 0;
  readonly #questions = new Map<number, (answer: string | undefined) => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  #replacement: ReturnType<typeof setTimeout> | undefined;
  #state: FeedState = initialFeedState(Date.now());

  constructor(newWorker: () => WorkerPort, url: string, watch: WatchRequest, listener: FeedListener) {
    this.#newWorker = newWorker;
    this.#url = url;
    this.#watch = watch;
    this.#listener = listener;
    this.#worker = this.#begin();
    this.#timer = setInterval(() => this.#look(), CheckMs);
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Follows another city, such as the same one in the past: nothing of the first is resumed there. */
  moveTo(url: string): void {
    this.#url = url;
    this.#stop();
    clearTimeout(this.#replacement);
    this.#show(initialFeedState(Date.now()));
    this.#worker = this.#begin();
  }

  watch(request: WatchRequest): void {
    this.#watch = request;
    this.#worker.postMessage({ type: 'watch', watch: request });
  }

  inspect(id: string): void {
    this.#inspected = id;
    this.#worker.postMessage({ type: 'inspect', id });
  }

  applied(number: number, connection: number): void {
    this.#worker.postMessage({ type: 'applied', number, connection });
  }

  distrust(why: 'mismatches' | 'malformed'): void {
    this.#worker.postMessage({ type: 'distrust', why });
  }

  async checksum(): Promise<ServerChecksum | undefined> {
    const question = ++this.#question;
    const answer = await new Promise<string | undefined>((resolve) => {
      this.#questions.set(question, resolve);
      setTimeout(() => this.#answer(question, undefined), AnswerPatienceMs);
      this.#worker.postMessage({ type: 'checksum', question });
    });
    return answer === undefined ? undefined : (JSON.parse(answer) as ServerChecksum);
  }

  dispose(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#replacement);
    this.#worker.terminate();
    for (const question of [...this.#questions.keys()]) this.#answer(question, undefined);
  }

  #begin(): WorkerPort {
    const worker = this.#newWorker();
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = () => this.#replace();
    worker.postMessage({ type: 'start', url: this.#url, watch: this.#watch });
    if (this.#inspected) worker.postMessage({ type: 'inspect', id: this.#inspected });
    return worker;
  }

  #receive(message: FromWorker): void {
    this.#heard = true;
    switch (message.type) {
      case 'frame': return this.#listener.frame(message.frame, message.connection);
      case 'twin': return this.#listener.twin(message.json);
      case 'alarms': return this.#listener.alarms(message.json);
      case 'checksum': return this.#answer(message.question, message.answer);
      case 'state': return this.#show(message.state);
      case 'pulse':
    }
  }

  #answer(question: number, answer: string | undefined): void {
    this.#questions.get(question)?.(answer);
    this.#questions.delete(question);
  }

  #look(): void {
    this.#missedLooks = this.#heard ? 0 : this.#missedLooks + 1;
    this.#heard = false;
    if (this.#missedLooks >= MissedLooksMax) this.#replace();
  }

  #stop(): void {
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
    this.#missedLooks = 0;
  }

  #replace(): void {
    this.#stop();
    const { lastFrameAt } = this.#state;
    if (this.#state.phase === 'live') {
      this.#show({ ...this.#state, phase: 'reconnecting', since: lastFrameAt ?? Date.now(), reason: 'worker' });
    }
    // Not at once: a worker that fails as it loads would be made again and again.
    this.#replacement = setTimeout(() => (this.#worker = this.#begin()), CheckMs);
  }

  #show(state: FeedState): void {
    this.#state = state;
    this.#listener.state(state);
  }
}
