"""Packed pages of the index hold and find what plain lists of postings would."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.store.posting_page import FIRST, MOST, Page, Posting, all_parted, packed, parted, read

# Few keys, so that many records share one; some far apart, so that a page must take longer distances.
KEYS = st.one_of(st.integers(0, 6), st.integers(0, 2**40 - 1))
RECORDS = st.one_of(st.integers(1, 9), st.integers(1, 2**33))
POSTINGS = st.lists(st.tuples(KEYS, RECORDS), max_size=3 * MOST)


@given(POSTINGS, POSTINGS)
@settings(deadline=None, max_examples=40)
def test_a_page_is_the_set_of_what_was_put_on_it_and_not_taken_away(added: list[Posting], gone: list[Posting]) -> None:
    page = Page(FIRST)
    for each in added:
        page = page.with_posting(*each)
    for each in gone:
        page = page.without(*each)
    left = sorted(set(added) - set(gone))
    assert page.postings() == left
    assert page.count == len(left)
    assert read(FIRST, page.write()) == page
    for key in {key for key, _ in (*added, *gone)}:
        assert page.having(key) == [record for other, record in left if other == key]
    for record in {record for _, record in (*added, *gone)}:
        assert page.keys_of(record) == [key for key, other in left if other == record]


@given(POSTINGS)
@settings(deadline=None, max_examples=40)
def test_pages_that_were_parted_hold_everything_in_order_and_none_too_much(postings: list[Posting]) -> None:
    listed = sorted(set(postings))
    pages = parted(FIRST, listed)
    assert [each for page in pages for each in page.postings()] == listed
    assert all(page.count <= MOST for page in pages)
    assert pages[0].start == FIRST
    for before, page in pairwise(pages):
        assert before.postings()[-1] < page.start <= page.postings()[0]


@given(POSTINGS, st.integers(1, 2 * MOST))
@settings(deadline=None, max_examples=40)
def test_a_whole_index_comes_in_batches_of_which_a_key_may_go_on_in_the_next(
    postings: list[Posting], size: int
) -> None:
    # By record they need not be in order yet, and one may come twice.
    listed = sorted([*postings, *postings[:5]], key=lambda each: each[0])
    batches = [listed[at : at + size] for at in range(0, len(listed), size)]
    pages = [page for some in all_parted(batches) for page in some]
    assert [each for page in pages for each in page.postings()] == sorted(set(postings))
    assert all(page.count <= MOST for page in pages)
    assert [page.start for page in pages[:1]] == [FIRST] * bool(postings)
    for before, page in pairwise(pages):
        assert before.postings()[-1] < page.start <= page.postings()[0]


def test_a_key_of_few_records_stands_on_one_page() -> None:
    pages = parted(FIRST, [(number // 5, 1 + number) for number in range(5 * MOST)])
    assert len(pages) > 4
    keys = [{key for key, _ in page.postings()} for page in pages]
    assert sum(map(len, keys)) == len(set.union(*keys))


def test_a_posting_takes_no_more_bytes_than_its_numbers_need() -> None:
    page = packed((10**9, 0), [(10**9 + 250 * place, 70_000 + place) for place in range(MOST)])
    assert len(page.write()) == 1 + MOST * (2 + 3)
