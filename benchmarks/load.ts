import { connect, type Socket } from 'node:net';
import type { BenchRequest } from './workloads.ts';

/** The answers of a server within a time. */
export interface Load {
  readonly seconds: number;
  /** How long each answer took, in milliseconds. */
  readonly latencies: readonly number[];
}

/**
 * Keeps `connections` busy with one request each, in turn from `requests`, for `durationMs`. Requests are encoded
 * beforehand, and answers are measured and not parsed, so that the generator is not what is measured.
 * @throws Error when an answer is not 200, or a connection fails.
 */
export async function load(options: {
  url: string;
  key: string;
  requests: readonly BenchRequest[];
  connections: number;
  durationMs: number;
}): Promise<Load> {
  const { url, key, requests, connections, durationMs } = options;
  const { hostname, port } = new URL(url);
  const bytes = requests.map((request) => encode(request, `${hostname}:${port}`, key));
  const latencies: number[] = [];
  const startMs = performance.now();
  let next = 0;
  const run = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      let sentMs = 0;
      const ask = () => {
        sentMs = performance.now();
        socket.write(bytes[next++ % bytes.length] ?? '');
      };
      socket.on('error', reject);
      onAnswers(socket, (status) => {
        if (status !== '200') return reject(new Error(`answered ${status}`));
        const nowMs = performance.now();
        latencies.push(nowMs - sentMs);
        if (nowMs - startMs < durationMs) return ask();
        socket.destroy();
        return resolve();
      });
      ask();
    });
  await Promise.all(Array.from({ length: connections }, () => run(connect(Number(port), hostname))));
  return { latencies, seconds: (performance.now() - startMs) / 1000 };
}

function encode({ method, path, body = '' }: BenchRequest, host: string, key: string): Buffer {
  const content =
    body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nX-API-Key: ${key}\r\n${content}\r\n${body}`,
  );
}

/** Calls back with the status of every whole answer; answers must say their length. */
function onAnswers(socket: Socket, callback: (status: string) => void): void {
  let missing = 0;
  let status = '';
  let head = '';
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk;
    if (missing === 0) {
      head += rest.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      status = head.slice(9, 12);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
      const bodyBytes = head.length - end - 4;
      head = '';
      missing = length - bodyBytes;
      rest = chunk.subarray(chunk.length);
    } else missing -= rest.length;
    if (missing === 0) callback(status);
  });
}
