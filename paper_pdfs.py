    from django.urls import reverse
