import type { NumberRecord } from '@blockhouse/engine';
import type { Services } from '../../services.ts';
import { numberOf } from './access.ts';
import type { BlocklistDialect } from './blocklist-dialect.ts';
import { RequestError } from './errors.ts';
import { injectFaults } from './inject-faults.ts';
import { readLivePageRequest, readPageRequest } from './page-request.ts';
import { type Handler, pageParametersOf } from './parameters.ts';
import { versionOf } from './version.ts';

/** The handler of a request for a page of a blocklist. */
export function listHandler({ platforms, sandbox }: Services, dialect: BlocklistDialect): Handler {
  return async (request, reply) => {
    const number = numberOf(request);
    const parameters = pageParametersOf(request);
    if (number.upstream !== null) {
      const asked = readLivePageRequest(parameters, dialect.pageDefault);
      if (sandbox !== null) await injectFaults(sandbox, listing(number), request);
      const page = await platforms.cloud.list(number.id, asked, versionOf(request));
      return dialect.renderLivePage(page, request, reply);
    }
    const asked = readPageRequest(parameters, dialect.pageDefault);
    if (sandbox !== null) await injectFaults(sandbox, listing(number), request);
    const page = await platforms.local.list(number.id, asked);
    if (page === 'conflict') throw new RequestError('listChanged');
    return dialect.renderPage(page, asked.limit, request, reply);
  };
}

function listing({ id }: NumberRecord) {
  return { operation: 'list', numberId: id, users: [] } as const;
}
