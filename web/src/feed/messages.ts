import type { Frame } from '../twins/frame';
import type { FeedState, WatchRequest } from './feedState';

/** What the page says to the feed's worker. */
export type ToWorker =
  | { readonly type: 'start'; readonly url: string; readonly watch: WatchRequest }
  | { readonly type: 'watch'; readonly watch: WatchRequest }
  | { readonly type: 'inspect'; readonly id: string }
  | { readonly type: 'applied'; readonly number: number; readonly connection: number }
  | { readonly type: 'checksum'; readonly question: number }
  | { readonly type: 'distrust'; readonly why: 'mismatches' | 'malformed' };

/** What the worker says to the page; a frame's buffer changes hands and is not copied. */
export type FromWorker =
  | { readonly type: 'frame'; readonly frame: Frame; readonly connection: number }
  | { readonly type: 'twin'; readonly json: string }
  | { readonly type: 'alarms'; readonly json: string }
  | { readonly type: 'state'; readonly state: FeedState }
  | { readonly type: 'checksum'; readonly question: number; readonly answer: string | undefined }
  | { readonly type: 'pulse' };
