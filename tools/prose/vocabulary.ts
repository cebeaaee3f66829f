/** Words that documentation and messages do not use, and what to write instead. */
export const vocabulary: readonly (readonly [word: RegExp, instead: string])[] = [
  // British spellings
  [/\b(?:behaviou|colou|favou|honou|labou|neighbou)rs?\b/i, 'the American spelling, with -or'],
  [
    /\b(?:serial|recogn|normal|material|organ|initial|summar|capital|util|minim|maxim)is(?:e|es|ed|ing|ation)\b/i,
    'the American spelling, with -iz-',
  ],
  [/\bcentre\b/i, 'center'],
  [/\bgrey\b/i, 'gray'],
  [/\b(?:cancel|dial|travel|label|signal)l(?:ed|ing)\b/i, 'the American spelling, with one l'],
  [/\b(?:whilst|amongst)\b/i, 'while or among'],

  // Words that no engineer would search for
  [/\b(?:strikes?|struck)\b/i, 'inject a fault'],
  [/\bpatien(?:ce|tly)\b/i, 'retry or deadline'],
  [/\bfor ever\b/i, 'permanently, or without a limit'],
  [/\banew\b/i, 'again'],
  [/\bsheds?\b/i, 'drop'],

  // Constructions that have to be read twice
  [/\b(?:breaks?|broke|broken|breaking) off\b/i, 'is interrupted or cut off'],
  [/\bwants an?\b/i, 'needs'],
  [/\b(?:time|times) (?:is|was|are|were) over\b/i, 'has expired'],
  [/\bof whom\b/i, 'a sentence whose subject is the user'],
  [/\bshall\b/i, 'will or must'],
  [/\b(?:takes?|took|taken) back\b/i, 'clear, revoke or undo'],
  [/\bgo(?:es)? by\b/i, 'use or follow'],
  [/\bhands? in\b/i, 'submit'],
  [/\bhears?\b/i, 'receives or learns'],
  [/\bspoken\b/i, 'supported'],
  [/\b(?:only|of|for|by|to|and) who (?:is|was|has|have|wrote|writes|did)\b/i, 'users who'],
];
