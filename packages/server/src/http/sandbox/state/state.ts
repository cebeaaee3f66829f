import type { NumberRecord } from '@blockhouse/engine';
import { installationSecretSetting } from '../../../auth/installation-secret.ts';
import { moveSandboxClock } from '../../../sandbox/clock.ts';
import type { Sandbox, Services } from '../../../services.ts';
import { allow } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid } from '../../shared/errors.ts';
import { errorResponses, requiresKey, success } from '../../shared/schemas.ts';
import { renderState } from './export-state.ts';
import { readClock, readState, requireNoneAtMeta } from './import-state.ts';
import { documentVersion, type StateDocument, stateDocument } from './state-document.ts';

const access = allow('admin');
const tags = ['Sandbox'];

/** A full list of 64,000 blocks with its windows takes about 16 MiB. */
const documentBytesMax = 256 * 1024 * 1024;

/** `/sandbox/state` and `/sandbox/reset`: numbers, users, windows, lists and the clock as one document. */
export function stateRoutes(app: App, services: Services, sandbox: Sandbox): void {
  const options = { config: { access } };

  app.get(
    '/sandbox/state',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Export the state',
        response: { 200: stateDocument, ...errorResponses },
      },
    },
    async () => {
      const { store, vault } = services;
      const state = await store.exportState();
      const secret = (await store.setting(installationSecretSetting)) ?? '';
      return renderState(vault, state, { clock: sandbox.clock.setting, userIdSecret: secret });
    },
  );

  app.put(
    '/sandbox/state',
    {
      ...options,
      bodyLimit: documentBytesMax,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Replace the state',
        description: 'Imports a document that was exported. Keys and numbers at Meta are kept.',
        body: stateDocument,
        response: { 200: success, ...errorResponses },
      },
    },
    async (request) => {
      await importState(services, sandbox, request.body);
      return { success: true as const };
    },
  );

  app.post(
    '/sandbox/reset',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Reset the sandbox',
        description: 'Restores the state of the first start. Keys and numbers at Meta are kept.',
        response: { 200: success, ...errorResponses },
      },
    },
    async () => {
      await sandbox.reset();
      return { success: true as const };
    },
  );
}

async function importState(
  { store, vault, userIds, directory }: Services,
  sandbox: Sandbox,
  document: StateDocument,
): Promise<void> {
  if (document.version !== documentVersion)
    throw invalid(`Param version must be ${documentVersion} - got "${document.version}".`);
  const state = readState(vault, document);
  const setting = readClock(document.clock, sandbox.clock);
  const decide = (atMeta: readonly NumberRecord[]) => {
    requireNoneAtMeta(state, atMeta);
    return state;
  };
  await store.importState(decide);
  await directory.afterImport(state.names);
  await store.changeSetting(installationSecretSetting, () => document.user_id_secret);
  userIds.adopt(Buffer.from(document.user_id_secret, 'base64'));
  await moveSandboxClock(store, sandbox.clock, () => setting);
  await sandbox.wakeAll();
}
