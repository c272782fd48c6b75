import { FeedSession } from './FeedSession';
import { signalrHub } from './hub';
import type { FromWorker, ToWorker } from './messages';

// The worker's global scope is not in the DOM library; this is the part of it that is used.
const page = self as unknown as {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};

const PulseMs = 1_000;
let session: FeedSession | undefined;

function start(message: Extract<ToWorker, { type: 'start' }>): void {
  session = new FeedSession(signalrHub(message.url), message.watch, {
    frame: (frame, connection) => page.postMessage({ type: 'frame', frame, connection }, [frame.buffer]),
    twin: (json) => page.postMessage({ type: 'twin', json }),
    alarms: (json) => page.postMessage({ type: 'alarms', json }),
    state: (state) => page.postMessage({ type: 'state', state }),
  }, Math.random);
  session.start();
  setInterval(() => page.postMessage({ type: 'pulse' }), PulseMs);
}

page.onmessage = ({ data }) => {
  switch (data.type) {
    case 'start': return start(data);
    case 'watch': return session?.watch(data.watch);
    case 'inspect': return session?.inspect(data.id);
    case 'applied': return session?.acknowledge(data.number, data.connection);
    case 'distrust': return session?.distrust(data.why);
    case 'checksum':
      void session?.checksum().then((answer) =>
        page.postMessage({ type: 'checksum', question: data.question, answer }));
  }
};
