/**
 * Options of the search, whose index is a file of the site. It takes questions too: words that are on every page count
 * for nothing, and "restore" finds "restoring".
 */
export const searchOptions = {
  miniSearch: {
    options: {
      // It also runs in the browser, without this file around it.
      processTerm(term) {
        const ignored =
          'a an and are be can do does for from have how i if in is it my not of on or that the this to was what when where which why with you';
        const word = term.toLowerCase();
        if (ignored.split(' ').includes(word)) return null;
        return word.length > 4 ? word.replace(/(?:ings?|ed|es|s|e)$/, '') : word;
      },
    },
    searchOptions: {
      fuzzy: 0.1,
      prefix: true,
      boost: { title: 4, titles: 2, text: 1 },
      // Guides before codes and lists, and these before what only contributors read.
      boostDocument(address) {
        if (/\/(?:internals\/|changelog|contributing)/.test(address)) return 0.3;
        return /\/(?:errors|reference)\//.test(address) ? 0.7 : 1;
      },
    },
  },
};
