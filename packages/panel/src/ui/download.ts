import { ownFetch, wordsOfResponse } from '../api/server.ts';

/** Downloads what the server exports, as a file. @throws Error for people. */
export async function downloadCsv(path: string, name: string): Promise<void> {
  const response = await ownFetch(path, { headers: { accept: 'text/csv' } });
  if (!response.ok) throw new Error(await wordsOfResponse(response));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
