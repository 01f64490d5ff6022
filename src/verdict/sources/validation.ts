import { isObject } from '../error-like.ts';
import { indexOf, type Row, type Source } from '../rows.ts';

const names: readonly Row[] = [
  // zod, valibot, superstruct, ArkType, TypeBox, ky and Standard Schema, Effect; `ValidationError` is everybody's.
  [
    'permanent',
    'never',
    `ZodError $ZodError ValiError StructError ArkErrors TraversalError TransformDecodeCheckError
     SchemaValidationError SchemaError ParseError`,
    { hint: true },
  ],
  ['permanent', 'never', 'ValidationError', { hint: true }],
];

/** Input that is not valid, as the libraries that check it say so: the request was wrong. */
export const validation: Source = {
  source: 'application',
  name: names,
  // Joi has a flag, class-validator throws its findings as plain objects, mostly in an array.
  keys: ['isJoi', 'constraints'],
  read: (error) =>
    error.isJoi === true || (isObject(error.constraints) && Array.isArray(error.children))
      ? indexOf('application', names, 'name').get('ValidationError')
      : undefined,
};
