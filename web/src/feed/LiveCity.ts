import { MalformedError } from '../twins/binary';
import type { Checksum } from '../twins/checksum';
import { ChecksumTrail, checksumsEqual } from '../twins/ChecksumTrail';
import { ConflatedChanges } from '../twins/ConflatedChanges';
import type { Frame } from '../twins/frame';
import { TwinStore } from '../twins/TwinStore';
import type { Feed, ServerChecksum } from './Feed';

const VerifyMs = 60_000;
const VerifyAttempts = 10;
const VerifyPauseMs = 200;

export interface Verification {
  readonly local: (Checksum & { readonly number: number }) | undefined;
  readonly server: ServerChecksum | undefined;
  readonly equal: boolean;
}

/** The replica: applies frames to the store, remembers what the map must still be told, and proves itself right. */
export class LiveCity {
  readonly store = new TwinStore();
  readonly changes = new ConflatedChanges();
  readonly #trail = new ChecksumTrail();
  readonly #feed: Pick<Feed, 'distrust' | 'checksum'>;
  readonly #onEpoch: (epoch: number) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #epoch: number | undefined;

  constructor(feed: Pick<Feed, 'distrust' | 'checksum'>, onEpoch: (epoch: number) => void) {
    this.#feed = feed;
    this.#onEpoch = onEpoch;
    this.#timer = setInterval(() => void this.verify(), VerifyMs);
  }

  get epoch(): number | undefined {
    return this.#epoch;
  }

  /** Returns whether the frame was taken. */
  take(frame: Frame): boolean {
    if (frame.epoch !== this.#epoch) this.#enter(frame.epoch);
    try {
      this.#apply(frame);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#feed.distrust('malformed');
      return false;
    }
    if (!frame.last) return true;
    if (this.store.members !== frame.members) {
      this.#feed.distrust('mismatches');
      return false;
    }
    this.#trail.record(frame.number, this.store.checksum);
    return true;
  }

  /** Compares with the server; where they differ, asks for everything anew. */
  async verify(): Promise<Verification> {
    let server: ServerChecksum | undefined;
    for (let attempt = 0; attempt < VerifyAttempts; attempt++) {
      server = await this.#feed.checksum();
      const local = server ? this.#localAt(server) : undefined;
      if (server && local) return this.#compare(server, local);
      await new Promise((resolve) => setTimeout(resolve, VerifyPauseMs));
    }
    return { local: undefined, server, equal: false };
  }

  dispose(): void {
    clearInterval(this.#timer);
  }

  #enter(epoch: number): void {
    this.#epoch = epoch;
    this.store.clear();
    this.changes.clear();
    this.#trail.clear();
    this.#onEpoch(epoch);
  }

  #apply(frame: Frame): void {
    if (frame.type === 'snapshot' && frame.first) {
      this.#trail.clear();
      this.store.beginSnapshot();
    }
    for (const section of frame.sections) {
      this.store.apply(section);
      this.changes.add(section);
    }
    if (frame.type === 'snapshot' && frame.last) {
      this.store.endSnapshot((kind, handle) => this.changes.mark(kind, handle));
    }
  }

  #localAt(server: ServerChecksum): Checksum | undefined {
    return server.epoch === this.#epoch ? this.#trail.at(server.number) : undefined;
  }

  #compare(server: ServerChecksum, local: Checksum): Verification {
    // The checksum is kept up to date by differences; counting anew shows that the columns agree with it.
    const isSound = checksumsEqual(this.store.recount(), this.store.checksum);
    const equal = isSound && checksumsEqual(local, server);
    if (!equal) this.#feed.distrust('mismatches');
    return { local: { ...local, number: server.number }, server, equal };
  }
}
