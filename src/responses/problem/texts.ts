/** What people are told, where nothing better is known. */

export interface StatusText {
  /** The heading of a page. */
  readonly title: string;
  /** One or two sentences: what it means, and what can be done. */
  readonly text: string;
}

const table: Readonly<Record<number, StatusText>> = {
  400: {
    title: 'Bad request',
    text: 'The request could not be understood. Please check it and try again.',
  },
  401: { title: 'Please sign in', text: 'You have to sign in before you can see this.' },
  403: { title: 'No access', text: 'You do not have permission to see or do this.' },
  404: {
    title: 'Not found',
    text: 'There is nothing at this address. It may have been moved or removed.',
  },
  405: { title: 'Not possible here', text: 'This address does not take requests of this kind.' },
  408: { title: 'Too slow', text: 'The request took too long to arrive. Please try again.' },
  409: {
    title: 'Conflict',
    text: 'This has been changed in the meantime. Please reload and try again.',
  },
  413: { title: 'Too large', text: 'What was sent is larger than what is accepted here.' },
  415: { title: 'Unknown format', text: 'What was sent is in a format that is not accepted here.' },
  422: {
    title: 'Please check your input',
    text: 'Something in the request is not valid. Please check it and try again.',
  },
  429: {
    title: 'Too many requests',
    text: 'There were too many requests in a short time. Please wait a little and try again.',
  },
  500: {
    title: 'Something went wrong',
    text: 'The error is on our side and has been recorded. Please try again later.',
  },
  502: {
    title: 'Something went wrong',
    text: 'A service that is needed for this does not answer properly. Please try again soon.',
  },
  503: {
    title: 'Briefly unavailable',
    text: 'This is not available at the moment. Please try again soon.',
  },
  504: {
    title: 'This took too long',
    text: 'A service that is needed for this did not answer in time. Please try again soon.',
  },
};

const client: StatusText = {
  title: 'Not possible',
  text: 'The request could not be fulfilled as it is.',
};
const server: StatusText = table[500] as StatusText;

/** For any status of a failure. */
export function textOf(status: number): StatusText {
  return table[status] ?? (status < 500 ? client : server);
}
