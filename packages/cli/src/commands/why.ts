import type { Attribution, NumberDiagnosis } from '@blockhouse/client';
import { Command } from 'commander';
import { plain } from '../output.ts';
import { blockhouseFor, type Flags, readSettings, withServer } from '../settings.ts';
import { jsonLines } from '../table.ts';

export function whyCommand(): Command {
  return withServer(new Command('why'))
    .description("Explain why a user's messages do not arrive, and what to do (Blockhouse only).")
    .argument('<user>', 'a phone number, wa_id, or business-scoped user ID')
    .option('--json', 'print a line of JSON')
    .action(async (user: string, options: Flags & { json?: boolean }) => {
      const found = await blockhouseFor(readSettings(options)).users.diagnose(user);
      if (options.json) {
        process.stdout.write(jsonLines([found]));
        return;
      }
      const phone = found.waId ?? user;
      const name = found.name === null ? phone : `${found.name} (${phone})`;
      const lines = [
        `${name}: ${found.verdict.replaceAll('_', ' ')}`,
        found.advice,
        ...(found.matchedBy === 'national_variant' ? [`Matched by another spelling of ${user}.`] : []),
        ...found.numbers.flatMap(linesOf),
      ];
      process.stdout.write(`${lines.map(plain).join('\n')}\n`);
    });
}

/** The verdict at one number. */
function linesOf(at: NumberDiagnosis): readonly string[] {
  const facts = [
    at.blocked === null
      ? null
      : `blocked since ${at.blocked.since}${byWhom(at.blocked)}, ${at.blocked.dropped} dropped since`,
    at.standing === null ? null : `standing block since ${at.standing.placedAt}${byWhom(at.standing)}`,
    at.window.lastInboundAt === null ? 'never wrote' : `last wrote ${at.window.lastInboundAt}`,
    at.window.open ? `can be blocked until ${at.window.canBeBlockedUntil}` : null,
    at.lastFailedWebhook === null
      ? null
      : `webhook failed ${at.lastFailedWebhook.at}: ${at.lastFailedWebhook.problem}`,
  ].filter((fact) => fact !== null);
  return [
    '',
    `${at.number} (${at.displayPhoneNumber}): ${at.verdict.replaceAll('_', ' ')}`,
    ...facts.map((fact) => `  ${fact}`),
  ];
}

function byWhom({ person, key, note }: Attribution): string {
  return ` by ${person ?? key?.name ?? key?.id ?? 'someone outside Blockhouse'}${note === null ? '' : ` ("${note}")`}`;
}
