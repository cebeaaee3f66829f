import type { ListAnswer } from '@blockhouse/client/wire';
import type { BlockRow, Page, UserIds } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { Services } from '../../services.ts';
import { numberOf } from '../shared/access.ts';
import { ownOrigin } from '../shared/own-origin.ts';
import { pathOf } from '../shared/request-url.ts';

/** A page as JSON, with what it depends on besides the page. */
interface Rendered {
  readonly ids: UserIds;
  readonly url: string;
  readonly text: string;
}

/** Renders pages of lists as JSON. */
export class PageRenderer {
  readonly #services: Services;
  /** The last text of each page. A page that is asked for again is the same object. */
  readonly #rendered = new WeakMap<Page, Rendered>();

  constructor(services: Services) {
    this.#services = services;
  }

  render(page: Page, limit: number, request: FastifyRequest): string {
    const { config, userIds } = this.#services;
    const ids = userIds.of(numberOf(request).portfolioId);
    const url = `${ownOrigin(config, request)}${pathOf(request)}?limit=${limit}`;
    const known = this.#rendered.get(page);
    if (known?.ids === ids && known.url === url) return known.text;
    const text = renderPage(page, ids, url);
    this.#rendered.set(page, { ids, url, text });
    return text;
  }
}

function renderPage({ rows, paging }: Page, ids: UserIds, url: string): string {
  return JSON.stringify({
    data: renderRows(rows, ids),
    ...(paging !== null && { paging: renderPaging(paging, url) }),
  });
}

function renderRows(rows: readonly BlockRow[], ids: UserIds): ListAnswer['data'] {
  const userIds = ids.issue(rows.map(({ waId }) => waId));
  return rows.map(({ waId, phoneHidden }, index) => ({
    messaging_product: 'whatsapp',
    ...(!phoneHidden && { wa_id: String(waId) }),
    user_id: userIds[index] ?? '',
  }));
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
