import type { NumberRecord } from '@blockhouse/engine';
import type { CloudPlatform } from './cloud/cloud.ts';
import type { LocalPlatform } from './local.ts';
import type { Platform } from './platform.ts';

/** Both platforms, and which of them enforces a number's blocklist. */
export class Platforms {
  readonly local: LocalPlatform;
  readonly cloud: CloudPlatform;

  constructor(local: LocalPlatform, cloud: CloudPlatform) {
    this.local = local;
    this.cloud = cloud;
  }

  of({ upstream }: Pick<NumberRecord, 'upstream'>): Platform {
    return upstream === null ? this.local : this.cloud;
  }
}
