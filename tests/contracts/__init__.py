"""One suite for each seam; fakes, the development cloud and real services
each subclass it.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f'{__name__}.{seam}'
        for seam in ('alarm', 'hook', 'nova', 'policy', 'profile', 'zaqar')
    )
)
