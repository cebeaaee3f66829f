import { blockSorts } from '@blockhouse/engine';
import { Type } from 'typebox';

export const listQuery = Type.Object({
  search: Type.Optional(
    Type.Unknown({
      description: 'Part of a phone, name, username or note, or a whole business-scoped user ID',
    }),
  ),
  sort: Type.Optional(Type.Unknown({ description: `One of ${blockSorts.join(', ')}` })),
  limit: Type.Optional(Type.Unknown({ description: 'Rows on a page: 25 by default, at most 1,000' })),
  after: Type.Optional(Type.Unknown({ description: 'The cursor of the page before' })),
});

export const paging = Type.Object({
  after: Type.Optional(Type.String({ description: 'The cursor of the next page' })),
});
