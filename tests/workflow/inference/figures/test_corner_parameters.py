def test_texts_do_not_leave_the_page(drawn, stays_on_its_page):
    assert stays_on_its_page(drawn("corner_parameters"))


def test_no_tick_is_so_near_the_lower_end_that_it_meets_the_next_panel(drawn):
    for axes in drawn("corner_parameters").axes:
        low, high = axes.get_xlim()
        assert all(tick > low + 0.05 * (high - low) for tick in axes.get_xticks())
