import type { ListAnswer } from '@blockhouse/client/wire';
import type { BlockRow, Page, UserIds } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { Services } from '../../services.ts';
import { numberOf } from '../shared/access.ts';
import { ownOrigin } from '../shared/own-origin.ts';
import { pathOf } from '../shared/request-url.ts';

/** Renders pages of lists as JSON. */
export class PageRenderer {
  readonly #services: Services;
  /** The JSON of rows. It is kept as long as the store hands out the same rows, and the portfolio the same IDs. */
  readonly #texts = new WeakMap<UserIds, WeakMap<readonly BlockRow[], string>>();

  constructor(services: Services) {
    this.#services = services;
  }

  render({ rows, paging }: Page, limit: number, request: FastifyRequest): string {
    const data = this.#rows(rows, this.#services.userIds.of(numberOf(request).portfolioId));
    if (paging === null) return `{"data":${data}}`;
    const url = `${ownOrigin(this.#services.config, request)}${pathOf(request)}?limit=${limit}`;
    return `{"data":${data},"paging":${JSON.stringify(renderPaging(paging, url))}}`;
  }

  #rows(rows: readonly BlockRow[], ids: UserIds): string {
    const texts = this.#texts.get(ids) ?? new WeakMap<readonly BlockRow[], string>();
    this.#texts.set(ids, texts);
    const text = texts.get(rows) ?? renderRows(rows, ids);
    texts.set(rows, text);
    return text;
  }
}

function renderRows(rows: readonly BlockRow[], ids: UserIds): string {
  const userIds = ids.issue(rows.map(({ waId }) => waId));
  const data = rows.map(({ waId, phoneHidden }, index): ListAnswer['data'][number] => ({
    messaging_product: 'whatsapp',
    ...(!phoneHidden && { wa_id: String(waId) }),
    user_id: userIds[index] ?? '',
  }));
  return JSON.stringify(data);
}

/** The cursors of a page, and the URLs of its neighbors. A URL never carries the token. */
function renderPaging(
  { before, after, hasPrevious, hasNext }: NonNullable<Page['paging']>,
  url: string,
): NonNullable<ListAnswer['paging']> {
  return {
    cursors: { before, after },
    ...(hasNext && { next: `${url}&after=${after}` }),
    ...(hasPrevious && { previous: `${url}&before=${before}` }),
  };
}
