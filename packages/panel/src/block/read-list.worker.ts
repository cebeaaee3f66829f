import { type ListRequest, readList } from './read-list.ts';

// A large list takes seconds; the page stays responsive meanwhile.
self.onmessage = ({ data }: MessageEvent<ListRequest>) => self.postMessage(readList(data));
