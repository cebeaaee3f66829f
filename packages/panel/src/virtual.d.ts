declare module 'virtual:catalog/*' {
  export const catalog: Partial<import('./i18n/messages.ts').Catalog>;
}
declare module 'virtual:phone-formats' {
  export const formats: Readonly<Record<string, readonly (readonly [string, string, string])[]>>;
  export const countries: readonly (readonly [country: string, callingCode: string])[];
}
declare module 'virtual:rule-templates' {
  /** The ready-made rules, as the example file has them. */
  export const templates: readonly import('@blockhouse/client').RuleDocument[];
}
